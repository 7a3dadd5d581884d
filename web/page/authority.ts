import type { CertificateAuthority } from '../../src/app/certificate-authority.ts';
import type { AuthorityStore, DemonstrationAuthority } from '../demonstration-ca.ts';

const KEPT = 'web-minidriver.demonstration-ca';

const store: AuthorityStore = {
  load: () => {
    try {
      return localStorage.getItem(KEPT) ?? undefined;
    } catch {
      return undefined;
    }
  },
  save: (text) => {
    try {
      localStorage.setItem(KEPT, text);
    } catch {
      // The authority lives as long as the page then.
    }
  },
};

/** The demonstration authority of the pages, fetched when it is asked for its first certificate. */
export function demonstrationAuthority(): CertificateAuthority {
  let authority: DemonstrationAuthority | undefined;
  return {
    id: 'demonstration',
    demonstration: true,
    issue: async (request) => {
      const { createDemonstrationAuthority } = await import('../demonstration-ca.ts');
      authority ??= createDemonstrationAuthority({ store });
      return authority.issue(request);
    },
  };
}
