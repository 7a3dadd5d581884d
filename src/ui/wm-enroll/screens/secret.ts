import { html, nothing } from 'lit';
import type { CardSummary, SecretSummary } from '../../../app/card-summary.ts';
import type { SecretTask } from '../../../app/enrollment/state.ts';
import { capital, mistakeLine, note } from '../../parts/index.ts';
import { secretLength, takeSecret } from '../secrets.ts';
import { backButton, busyScreen, fieldOf, intro, onSubmit, type Screen, type ScreenContext } from './context.ts';
import { lastTryBox, secretField } from './fields.ts';
import { readerForm, wayButton, wayOf } from './on-reader.ts';

/** The rules for what is proven and for what is new. */
function rulesOf(task: SecretTask, card: CardSummary): { readonly current: SecretSummary; readonly next: SecretSummary } {
  if (task === 'change-pin') return { current: card.pin, next: card.pin };
  return task === 'change-puk' ? { current: card.puk, next: card.puk } : { current: card.puk, next: card.pin };
}

function fits(field: HTMLInputElement, { minLength, maxLength }: SecretSummary): boolean {
  const length = secretLength(field);
  return length >= minLength && length <= maxLength;
}

/** Nothing goes to the card before all of it can be right. Fields with a mistake are emptied, the others keep what was typed. */
function submit(context: ScreenContext, form: HTMLFormElement, task: SecretTask, card: CardSummary, lastTry: boolean): void {
  const words = context.enroll.secret;
  const rules = rulesOf(task, card);
  const [current, next, repeat] = [fieldOf(form, 'current'), fieldOf(form, 'next'), fieldOf(form, 'repeat')];
  const mistakes: Record<string, string> = {};
  if (!fits(current, rules.current)) mistakes['current'] = words.wrongLength;
  if (!fits(next, rules.next)) mistakes['next'] = words.wrongLength;
  else if (next.value !== repeat.value) mistakes['repeat'] = words.differ;
  else if (task !== 'unblock-pin' && next.value === current.value) mistakes['next'] = words.same;
  if (lastTry && !fieldOf(form, 'last-try').checked) mistakes['last-try'] = context.enroll.pin.lastTryMissing;
  if (Object.keys(mistakes).length > 0) {
    if (mistakes['current'] !== undefined) current.value = '';
    if (mistakes['next'] !== undefined || mistakes['repeat'] !== undefined) next.value = repeat.value = '';
    context.reject(mistakes);
    return;
  }
  const change = { current: takeSecret(current), next: takeSecret(next), ...(lastTry ? { lastTryConfirmed: true } : {}) };
  repeat.value = '';
  context.act((flow) => flow.changeSecret(change));
}

export const changeSecret: Screen<'change-secret'> = (context, { task, card, ways, lastTry, mistake }) => {
  const words = context.enroll.secret;
  const rules = rulesOf(task, card);
  const { mistakes } = context.draft;
  const head = intro(words.titles[task], words.texts[task]);
  if (wayOf(context, ways) === 'reader') {
    const prompt = { ...card.pin, purpose: 'change-pin', lastTry, ...(mistake === undefined ? {} : { mistake }) } as const;
    const action = context.enroll.onReader.action['change-pin'];
    return readerForm(context, prompt, { head, action, back: backButton(context), lastTry: words.lastTry[task], more: wayButton(context, ways) });
  }
  const left = rules.current.retriesLeft;
  const hint = left === undefined ? undefined : capital(context, context.shared.triesLeft(left));
  const local = (name: string): { readonly mistake?: string } => (mistakes[name] === undefined ? {} : { mistake: mistakes[name] });
  return html`<form class="stack" novalidate autocomplete="off" @submit=${onSubmit((form) => submit(context, form, task, card, lastTry))}>
    ${head} ${lastTry ? note('bad', words.lastTry[task]) : nothing}
    ${secretField(context, {
      name: 'current',
      label: words.current[task],
      focus: mistake !== undefined || context.draft.way === 'page',
      problem: mistakeLine(context, 'current-problem', mistake),
      ...(hint === undefined ? {} : { hint }),
      ...local('current'),
    })}
    ${secretField(context, { name: 'next', label: words.next[task], hint: words.length(rules.next.minLength, rules.next.maxLength), ...local('next') })}
    ${secretField(context, { name: 'repeat', label: words.repeat[task], ...local('repeat') })}
    ${lastTry ? lastTryBox(context, mistakes['last-try']) : nothing}
    <div class="actions">
      <button type="submit" class="primary">${words.actions[task]}</button>
      ${backButton(context)}
    </div>
    ${wayButton(context, ways)}
  </form>`;
};

export const changingSecret: Screen<'changing-secret'> = ({ enroll }, { task }) => busyScreen(enroll.secret.busy[task], enroll.checkingPin.text);
