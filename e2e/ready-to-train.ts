import type { TestInfo } from '@playwright/test';
import type { BackendName } from '../src/core/api';
import { writeClassFolders } from './material/pictures';
import { SMALL, type ThawPage } from './pages/thaw-page';

/**
 * Opens the page with a part of the bundled network and a handful of pictures: 12 to train, 4 to validate.
 * @param head takes the steps of a head on kept features
 */
export async function readyToTrain(
  app: ThawPage,
  info: TestInfo,
  backend: BackendName,
  part = SMALL,
  head?: BackendName,
): Promise<void> {
  await app.open(backend, head === undefined ? {} : { head });
  await app.backbone.choose(part);
  await app.backbone.load();
  await app.data.drop(writeClassFolders(info.outputPath('pictures'), { red: 8, blue: 8 }));
  await app.data.ready(2, 12, 4).waitFor();
  await app.phases.fill({ 'Batch size': 6 });
}
