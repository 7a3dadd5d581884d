/** See wasm.mjs. */
export function compile(name: string, change?: (source: string, file: string) => string): Promise<unknown>;
export function buildWasm(force?: boolean): Promise<boolean>;
