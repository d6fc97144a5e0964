/** A file that exists for one test only, as Playwright hands it to a file picker. */
export interface FileInMemory {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}
