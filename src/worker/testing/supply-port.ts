import { expose } from 'comlink';
import type { PictureSupply } from '../../core/picture-supply';
import { editedPixels } from '../../engine/testing/decoded-pictures';

/** A port on which pictures are handed out as the input worker does; to be closed, or the test never ends. */
export function supplyPort(pixels: Uint8Array<ArrayBuffer>, side: number) {
  const { port1, port2 } = new MessageChannel();
  let decoded = 0;
  const supply: PictureSupply = {
    fetch: async ({ pictures }) => {
      decoded += pictures.length;
      return { kind: 'pixels', pixels: editedPixels(pixels, side, pictures) };
    },
    cancel: async () => {},
    stats: async () => ({ keptBytes: 0, mostKeptBytes: 0, budgetBytes: 0, decoded }),
  };
  expose(supply, port1);
  return { supply: port2, close: () => port1.close() };
}
