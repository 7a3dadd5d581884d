import type { BrowserContext } from 'playwright';
import { median } from './measure.ts';

/** What a page's load comes to until it is usable: counts, and processor time, which depend little on what else the machine does. */
export interface PageWork {
  readonly requests: number;
  /** Octets of scripts, unpacked. */
  readonly scriptBytes: number;
  /** Processor time of the renderer's main thread, in milliseconds: all of it, and two parts. */
  readonly mainMs: number;
  readonly scriptMs: number;
  readonly layoutMs: number;
}

/** One event of a trace (Trace Event Format); times in microseconds, `tdur` of the thread's processor time. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly tdur?: number;
}

const SCRIPTS = ['v8.evaluateModule', 'V8.CompileCode'];
const LAYOUT = ['Layout', 'UpdateLayoutTree', 'ParseAuthorStyleSheet'];

/** Needs a page that marks the moment as 'usable' and notes it in `window.usableAtMs`. */
async function once(context: BrowserContext, url: string): Promise<PageWork> {
  const page = await context.newPage();
  try {
    const session = await context.newCDPSession(page);
    const events: TraceEvent[] = [];
    session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', 'v8', 'blink.user_timing'], excludedCategories: ['*'] },
    });
    await page.goto(url, { waitUntil: 'commit' });
    await page.waitForFunction(() => window.usableAtMs !== undefined);
    await session.send('Tracing.end');
    await complete;
    const mark = events.find((event) => event.name === 'usable');
    if (mark === undefined) throw new Error('the page did not mark when it was usable');
    const before = events.filter((event) => event.pid === mark.pid && event.tid === mark.tid && event.ph === 'X' && event.ts < mark.ts);
    const ms = (names: readonly string[]): number =>
      before.filter((event) => names.includes(event.name)).reduce((sum, event) => sum + (event.tdur ?? 0) / 1000, 0);
    const seen = await page.evaluate(() => {
      const usableMs = window.usableAtMs ?? Number.NaN;
      const fetched = performance.getEntriesByType('resource').filter((entry) => entry.startTime < usableMs) as PerformanceResourceTiming[];
      const scripts = fetched.filter((entry) => entry.name.endsWith('.js'));
      return { requests: fetched.length + 1, scriptBytes: scripts.reduce((sum, entry) => sum + entry.decodedBodySize, 0) };
    });
    return { ...seen, mainMs: ms(['ThreadControllerImpl::RunTask']), scriptMs: ms(SCRIPTS), layoutMs: ms(LAYOUT) };
  } finally {
    await page.close();
  }
}

/** Medians of several loads, in words. */
export async function pageWork(context: BrowserContext, url: string, rounds: number): Promise<string> {
  const loads: PageWork[] = [];
  for (let round = 0; round < rounds; round++) loads.push(await once(context, url));
  const middle = (of: keyof PageWork): number => median(loads.map((one) => one[of]));
  return [
    `${middle('requests')} requests`,
    `${(middle('scriptBytes') / 1024).toFixed(0)} kB of scripts`,
    `${middle('mainMs').toFixed(0)} ms of processor time, of it scripts ${middle('scriptMs').toFixed(0)}, style and layout ${middle('layoutMs').toFixed(0)}`,
  ].join(', ');
}
