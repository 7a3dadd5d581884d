import type { ScreenContext } from './screens/context.ts';

/** What an authority is called: by the label that the embedder gave it, by our words for known ones, else by its identifier. */
export function authorityName(context: Pick<ScreenContext, 'enroll' | 'authorities'>, id: string): string {
  return context.authorities.find((authority) => authority.id === id)?.label ?? context.enroll.request.authorityNames[id] ?? id;
}
