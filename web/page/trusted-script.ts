/** The part of the Trusted Types API that is used here; TypeScript's library does not know it yet. */
interface TrustedTypes {
  createPolicy(name: string, rules: { readonly createScriptURL: (address: string) => string }): { createScriptURL(address: string): unknown };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/**
 * An address of a program of this page in the form that `new Worker()` takes under `require-trusted-types-for 'script'`.
 * Addresses of other origins are refused.
 */
export function trustedScript(address: string): string | URL {
  const absolute = new URL(address, import.meta.url);
  if (absolute.origin !== location.origin) throw new TypeError('a program of another origin');
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy('web-minidriver', { createScriptURL: (text) => text });
  return (policy?.createScriptURL(absolute.href) ?? absolute.href) as string;
}
