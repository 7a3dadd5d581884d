import { html, nothing, type TemplateResult } from 'lit';
import type { AuthorityChoice, RequestSummary } from '../../../app/enrollment/state.ts';
import type { Problem } from '../../../app/problem.ts';
import { copy } from '../../../codec/bytes.ts';
import { spacedHex } from '../../messages/format.ts';
import { download, fileName, holderName, icon, mistakeLine, nameView, problemNote, textMistake } from '../../parts/index.ts';
import { authorityName } from '../authority-name.ts';
import { backButton, intro, onSubmit, type Screen, type ScreenContext } from './context.ts';

/** No certificate that a card takes is anywhere near this. */
const LARGEST_FILE_BYTES = 65_536;

/** The request to carry away. */
export function requestText(context: ScreenContext, request: RequestSummary): TemplateResult {
  const words = context.enroll.request;
  const save = (): void => download(fileName(holderName(request.subject), 'csr'), 'application/pkcs10', request.pem);
  return html`<details>
      <summary>${words.show}</summary>
      <pre class="pem" tabindex="0" aria-label=${words.show}>${request.pem}</pre>
    </details>
    <div class="actions">
      ${context.copyButton(request.pem, `${context.shared.copy}: ${words.show}`)}
      <button type="button" class="copy" @click=${save}>${icon('download')}<span>${context.shared.download}</span></button>
    </div>`;
}

async function submitCertificate(context: ScreenContext, form: HTMLFormElement): Promise<void> {
  const words = context.enroll.request;
  const text = form.querySelector('textarea')?.value ?? '';
  const file = form.querySelector<HTMLInputElement>('input[type=file]')?.files?.[0];
  if (file !== undefined) {
    if (file.size > LARGEST_FILE_BYTES) return context.reject({ file: words.tooLarge });
    const content = copy(await file.arrayBuffer());
    // A file of DER starts with a SEQUENCE (X.690, 8.9); everything else is taken as text.
    context.act((flow) => flow.submitCertificate(content[0] === 0x30 ? content : new TextDecoder().decode(content)));
    return;
  }
  if (text.trim() === '') return context.reject({ certificate: words.empty });
  if (text.length > LARGEST_FILE_BYTES) return context.reject({ certificate: words.tooLarge });
  context.act((flow) => flow.submitCertificate(text));
}

/** Where a certificate is pasted or a file is chosen. */
export function certificateForm(
  context: ScreenContext,
  options: { readonly primary: boolean; readonly mistake?: Problem; readonly after?: unknown },
): TemplateResult {
  const words = context.enroll.request;
  const { mistakes } = context.draft;
  const [pasted, filed] = [mistakes['certificate'], mistakes['file']];
  const problem = mistakeLine(context, 'certificate-problem', options.mistake);
  const wrong = options.mistake !== undefined || pasted !== undefined;
  const describedBy = [
    'certificate-hint',
    options.mistake === undefined ? '' : 'certificate-problem',
    pasted === undefined ? '' : 'certificate-mistake',
  ];
  return html`<form class="stack" novalidate @submit=${onSubmit((form) => void submitCertificate(context, form))}>
    <div class="field wide">
      <label for="certificate">${words.paste}</label>
      <textarea
        id="certificate"
        name="certificate"
        rows="6"
        spellcheck="false"
        autocapitalize="off"
        autocomplete="off"
        dir="ltr"
        ?data-screen-focus=${options.mistake !== undefined}
        aria-describedby=${describedBy.filter((id) => id !== '').join(' ')}
        aria-invalid=${wrong ? 'true' : nothing}
      ></textarea>
      <p class="hint" id="certificate-hint">${words.pasteHint}</p>
      ${problem} ${pasted === undefined ? nothing : textMistake('certificate-mistake', pasted)}
    </div>
    <div class="field wide">
      <label for="certificate-file">${words.file}</label>
      <input
        id="certificate-file"
        name="file"
        type="file"
        accept=".cer,.crt,.pem,.der,application/pkix-cert,application/x-pem-file"
        aria-describedby=${filed === undefined ? nothing : 'file-mistake'}
        aria-invalid=${filed === undefined ? nothing : 'true'}
      />
      ${filed === undefined ? nothing : textMistake('file-mistake', filed)}
    </div>
    <div class="actions">
      <button type="submit" class=${options.primary ? 'primary' : ''}>${words.use}</button>
      ${options.after ?? nothing}
    </div>
  </form>`;
}

function issueSection(context: ScreenContext, authorities: readonly AuthorityChoice[], refusal: Problem | undefined): TemplateResult {
  const words = context.enroll.request;
  return html`<section class="stack-small">
    <h3>${words.issueTitle}</h3>
    ${refusal === undefined ? nothing : problemNote(context, refusal, 'alert')}
    ${authorities.map(
      ({ id, demonstration }, index) =>
        html`<div class="row-plain">
          <button
            type="button"
            class=${index === 0 ? 'primary' : ''}
            aria-describedby=${demonstration ? `authority-${index}` : nothing}
            @click=${() => context.act((flow) => flow.issueCertificate(id))}
          >
            ${words.issueBy(authorityName(context, id))}
          </button>
          ${
            demonstration
              ? html`<p class="small authority-hint" id=${`authority-${index}`}>
                  <span class="badge warn">${icon('warn')}${context.shared.demonstration}</span> ${words.demonstrationHint}
                </p>`
              : nothing
          }
        </div>`,
    )}
  </section>`;
}

export const requestReady: Screen<'request-ready'> = (context, { request, authorities, mistake }) => {
  const words = context.enroll.request;
  const refused = mistake?.what === 'authority-refused' ? mistake : undefined;
  const brought = refused === undefined ? mistake : undefined;
  const bring = html`<p>${words.bringText}</p>
    ${requestText(context, request)}
    ${certificateForm(context, { primary: authorities.length === 0, ...(brought === undefined ? {} : { mistake: brought }) })}`;
  return html`<div class="stack loose">
    ${intro(words.title, words.text)}
    <dl class="facts">
      <dt>${words.subject}</dt>
      <dd>${nameView(request.subject)}</dd>
      <dt>${words.slot}</dt>
      <dd>${context.shared.placeName(request.place)}</dd>
      <dt>${words.keyType}</dt>
      <dd>${request.keyType}</dd>
      <dt>${words.fingerprint}</dt>
      <dd class="mono small">${spacedHex(request.keyFingerprint)}</dd>
      <dt>${words.room}</dt>
      <dd>${words.bytes(request.maxCertificateBytes)}</dd>
    </dl>
    ${
      authorities.length === 0
        ? html`<section class="stack-small">
            <h3>${words.bringTitle}</h3>
            ${bring}
          </section>`
        : html`${issueSection(context, authorities, refused)}
            <details class="bring" ?open=${brought !== undefined}>
              <summary>${words.bringTitle}</summary>
              <div class="stack">${bring}</div>
            </details>`
    }
  </div>`;
};

export const bringCertificate: Screen<'bring-certificate'> = (context, { mistake }) => {
  const words = context.enroll.bringCertificate;
  return html`<div class="stack">
    ${intro(words.title, words.text)}
    ${certificateForm(context, { primary: true, after: backButton(context), ...(mistake === undefined ? {} : { mistake }) })}
  </div>`;
};
