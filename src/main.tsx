import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { ThawApi } from './core/api';
import { WorkerPictureDecoder } from './data/input/decoder';
import { readPixelMemoryBytes } from './data/input/pixel-memory';
import { loadSamplePictures } from './data/samples';
import { openKeeper } from './storage/open-keeper';
import { loadBackboneCatalogue } from './store/backbone-catalogue';
import { createThawApi } from './store/thaw-api';
import { createThaw } from './store/thaw-store';
import { requestPageFrame } from './store/training/event-coalescer';
import { App } from './ui/app';
import { ErrorBoundary } from './ui/frame/error-boundary';
import { guardLeaving } from './ui/leave-guard';
import { ThawContext } from './ui/thaw-context';
import { applyTheme, readTheme } from './ui/theme';
import './ui/theme.css';
import { createTrainingWorker } from './worker/client';

declare global {
  interface Window {
    /** The scripting API; see README. */
    thaw: ThawApi;
  }
}

applyTheme(readTheme());

const decoder = new WorkerPictureDecoder(readPixelMemoryBytes(location.search));
const thaw = createThaw(
  {
    worker: createTrainingWorker(),
    decoder,
    unzip: (archive) => decoder.unzip(archive),
    loadSamples: () => loadSamplePictures(document.baseURI),
    loadCatalogue: () => loadBackboneCatalogue(document.baseURI),
    keeping: {
      open: () => openKeeper(navigator.locks),
      persist: () => void navigator.storage?.persist().catch(() => undefined),
      reload: () => location.reload(),
    },
    requestFrame: requestPageFrame,
  },
  location.search,
);
window.thaw = createThawApi(thaw);
guardLeaving(thaw.store);

createRoot(document.getElementById('thaw')!).render(
  <StrictMode>
    <ThawContext value={thaw}>
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </ThawContext>
  </StrictMode>,
);
