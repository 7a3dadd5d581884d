/** Entry points as a group offers them. */
type Group = Readonly<Record<string, (...parameters: never[]) => Promise<unknown>>>;

/**
 * Entry points that few callers use, loaded at the first call of one of them: what a page starts with stays small. A load that failed is
 * tried again at the next call.
 */
export function later<G extends Group>(names: readonly (keyof G & string)[], load: () => Promise<G>): G {
  let loading: Promise<G> | undefined;
  const group = async (): Promise<G> => {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  };
  const body =
    (name: keyof G & string) =>
    async (...parameters: never[]): Promise<unknown> => {
      const entryPoint = (await group())[name];
      if (entryPoint === undefined) throw new TypeError(`the group has no ${name}`);
      return entryPoint(...parameters);
    };
  return Object.fromEntries(names.map((name) => [name, body(name)])) as unknown as G;
}
