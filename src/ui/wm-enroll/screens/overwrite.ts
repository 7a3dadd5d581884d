import { html, nothing } from 'lit';
import { day } from '../../messages/format.ts';
import { icon, nameView, note } from '../../parts/index.ts';
import { intro, type Screen } from './context.ts';

export const confirmOverwrite: Screen<'confirm-overwrite'> = (context, { warning }) => {
  const words = context.enroll.overwrite;
  const place = context.shared.placeName(warning.place);
  const { certificate } = warning;
  const confirm = (): void => {
    if (context.mayOverwrite(warning)) context.act((flow) => flow.confirmOverwrite());
    else {
      context.draft.vetoed = true;
      context.refresh();
    }
  };
  const until = certificate === undefined ? '' : day(context.language, certificate.notAfter);
  return html`<div class="stack">
    ${intro(words.title(place), nothing)}
    <div class="note bad">
      ${icon('bad')}
      <p><strong>${words.lost}</strong></p>
      <ul class="bullets">
        <li>${words.lostKey(place)}</li>
        <li>${certificate === undefined ? words.noCertificate : html`${words.lostCertificate(until)} ${nameView(certificate.subject)}`}</li>
      </ul>
      ${warning.decryptionKey ? html`<p>${words.decryption}</p>` : nothing}
    </div>
    ${context.draft.vetoed ? note('warn', words.vetoed, nothing, 'alert') : nothing}
    <div class="actions">
      <button type="button" @click=${() => context.act((flow) => flow.back())}>${words.keep}</button>
      <button type="button" class="danger" @click=${confirm}>${words.confirm}</button>
    </div>
  </div>`;
};
