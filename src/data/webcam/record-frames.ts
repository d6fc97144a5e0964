import { frameName, newRecordingName } from './recording-name';
import { repeatAtRate } from './repeat-at-rate';

const FRAMES_A_SECOND = 8;

/**
 * Takes frames at a steady rate until the signal says stop, at least one.
 * @param takeFrame gives a JPEG file
 * @param onFrame called with each as a file whose name no other has
 * @throws what `takeFrame` throws
 */
export async function recordFrames(
  takeFrame: () => Promise<Blob>,
  onFrame: (frame: File) => void,
  signal: AbortSignal,
): Promise<void> {
  const recording = newRecordingName(new Date());
  let number = 0;
  const takeOne = async () => {
    const lastModified = Date.now();
    const frame = await takeFrame();
    number += 1;
    onFrame(new File([frame], frameName(recording, number), { type: frame.type, lastModified }));
  };
  await repeatAtRate(takeOne, 1000 / FRAMES_A_SECOND, signal);
}
