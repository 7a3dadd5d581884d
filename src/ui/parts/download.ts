/** Offers `content` as a file of that name. */
export function download(fileName: string, mediaType: string, content: string | Uint8Array<ArrayBuffer>): void {
  const address = URL.createObjectURL(new Blob([content], { type: mediaType }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // The browser has taken the blob once the click was handled.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Text that is safe as a file name everywhere. */
export function fileName(text: string, ending: string): string {
  const safe = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return `${safe === '' ? 'file' : safe}.${ending}`;
}
