import type { CertificateAuthority } from '../../src/app/certificate-authority.ts';
import type { OpenSources } from '../../src/app/sources.ts';
import type { WmEnroll } from '../../src/ui/wm-enroll/wm-enroll.ts';

/** Who asked for the simulated reader need not ask for it again in the element: an enrollment that has not begun begins. */
export async function connectWith(
  element: WmEnroll | null,
  options: { readonly openSources: OpenSources | undefined; readonly authorities: readonly CertificateAuthority[] },
): Promise<void> {
  if (element?.state.kind !== 'start') return;
  const { createEnrollmentFlow } = await import('../../src/app/enrollment/flow.ts');
  const { openSources, authorities } = options;
  const flow = createEnrollmentFlow({ authorities, ...(openSources === undefined ? {} : { openSources }) });
  element.flow = flow;
  await flow.connect();
}
