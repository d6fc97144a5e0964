const JPEG_QUALITY = 0.92;

/**
 * The frame that a playing video shows now, as a JPEG file: its centre square, as the camera gives it, whatever
 * way the page shows it. A network reads the centre square of every picture; so what is seen is what is learnt.
 */
export async function takeFrame(video: HTMLVideoElement): Promise<Blob> {
  const { videoWidth: width, videoHeight: height } = video;
  const side = Math.min(width, height);
  const canvas = new OffscreenCanvas(side, side);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  // Without it the pixels would go to the graphics processor and back.
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false })!;
  context.drawImage(video, left, top, side, side, 0, 0, side, side);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: JPEG_QUALITY });
}
