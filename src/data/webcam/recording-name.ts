/**
 * A frame's file name says which recording it is of, so that this is still known when the file was kept on this
 * machine, or saved and added again. Frames of one recording are near copies of each other.
 */
const FRAME_NAME = /^(webcam-\d{8}T\d{9}Z-[0-9a-f]{8})-\d{4,}\.jpg$/;

/** @returns a name that no other recording has, of this or another visit. */
export function newRecordingName(startedAt: Date): string {
  const time = startedAt.toISOString().replace(/[-:.]/g, '');
  // Clocks are set back; two recordings must not get the same name then.
  const mark = crypto.getRandomValues(new Uint8Array(4));
  const hex = Array.from(mark, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `webcam-${time}-${hex}`;
}

/** @param number in the recording; names in their order are frames in their order */
export function frameName(recordingName: string, number: number): string {
  return `${recordingName}-${String(number).padStart(4, '0')}.jpg`;
}

/** @returns the recording's name; null for a file that is no frame of one. */
export function recordingOf(fileName: string): string | null {
  return FRAME_NAME.exec(fileName)?.[1] ?? null;
}
