import type { Reader, ReaderInfo, ReaderSource } from '../../channel/types.ts';
import type { Trace } from '../../codec/trace.ts';
import type { AccessVerdict } from '../../usb/access.ts';
import { hostEnvironment } from '../../usb/navigator.ts';
import type { OpenSources } from '../sources.ts';

/** A reader and the door that it came through. */
export interface KnownReader {
  readonly info: ReaderInfo;
  readonly reader: Reader;
  access(): Promise<AccessVerdict>;
}

/** The readers of all doors. The doors are made at the first use. */
export class Readers {
  readonly #open: () => readonly ReaderSource[];
  #sources: readonly ReaderSource[] | undefined;

  constructor(openSources: OpenSources, trace: Trace) {
    this.#open = () => openSources(trace);
  }

  get sources(): readonly ReaderSource[] {
    this.#sources ??= this.#open();
    return this.#sources;
  }

  get canRequest(): boolean {
    return this.sources.length > 0;
  }

  /** True where the first door, the one that is asked, is the browser's own in a page that is no Isolated Web App. */
  get ordinaryPage(): boolean {
    return this.sources[0]?.kind === 'webusb' && !hostEnvironment().isolatedApp;
  }

  async list(): Promise<readonly KnownReader[]> {
    const lists = await Promise.all(this.sources.map(async (source) => (await source.list()).map((reader) => this.#known(source, reader))));
    return lists.flat();
  }

  /** Asks the person by the first door; null when they chose none. Starts in the caller's turn, so that the click still counts. */
  async request(): Promise<KnownReader | null> {
    const [source] = this.sources;
    const reader = source === undefined ? null : await source.request();
    return source === undefined || reader === null ? null : this.#known(source, reader);
  }

  onChange(listener: () => void): () => void {
    const forget = this.sources.map((source) => source.onChange(listener));
    return () => forget.forEach((each) => each());
  }

  /** Each source counts its readers by itself: with several doors the door's number is put before. */
  #known(source: ReaderSource, reader: Reader): KnownReader {
    const info = this.sources.length === 1 ? reader.info : { ...reader.info, id: `${this.sources.indexOf(source)}/${reader.info.id}` };
    return { info, reader, access: () => source.access(reader) };
  }
}
