import type { BackboneSource } from '../core/api';
import { ThawError } from '../core/errors';
import type { LayerStatus } from '../core/phases/layer-status';
import type { BackboneReport, WorkerBackboneSource } from '../core/worker-contract';
import { type ActionContext, clearMessages, refuseWhileTraining, say } from './action-context';
import type { BundledBackbone } from './ports';
import { dropModel } from './results-actions';
import type { BackboneDraft, ThawState } from './state';
import type { PlanRefresh } from './training/plan-refresh';

const KINDS = 'A backbone is an object whose kind is bundled, url or files.';

export function createBackboneActions(
  { store, ports, inTurn }: ActionContext,
  plan: PlanRefresh,
  ready: Promise<unknown>,
  sendPictures: () => Promise<void>,
) {
  function editBackbone(change: Partial<BackboneDraft>): void {
    refuseWhileTraining(store.getState(), 'The backbone cannot be changed');
    // What went wrong with another choice is no news of this one.
    clearMessages(store, 'backbone', 'failure');
    store.setState(({ backbone }) => ({
      backbone: { ...backbone, draft: { ...backbone.draft, ...change } },
    }));
  }

  async function loadBackbone(source: BackboneSource): Promise<readonly LayerStatus[]> {
    if (typeof source !== 'object' || source === null) throw new ThawError('invalid-option', KINDS);
    refuseWhileTraining(store.getState(), 'The backbone cannot be changed');
    clearMessages(store, 'backbone');
    return inTurn(async () => {
      await ready;
      await loadNow(source);
      await sendPictures();
      await plan.refresh();
      return store.getState().layers;
    });
  }

  /** Without waiting for its turn, and without the pictures. */
  async function loadNow(source: BackboneSource): Promise<void> {
    setLoading(true);
    try {
      const request = await toWorkerSource(source, store.getState());
      const report = await ports.worker.loadBackbone(request);
      dropModel(store, 'backbone');
      showBackbone(source, report);
    } finally {
      setLoading(false);
    }
  }

  function showBackbone(source: BackboneSource, report: BackboneReport): void {
    store.setState(({ backbone }) => ({
      backbone: {
        ...backbone,
        source,
        report,
        draft: {
          ...backbone.draft,
          ...(source.kind === 'url' && { url: source.url }),
          ...(source.kind === 'files' && { files: source.files.filter((file) => file instanceof File) }),
          source: source.kind === 'bundled' ? { kind: 'bundled', id: source.id } : { kind: source.kind },
          backboneEnd: report.backboneEnd,
          pictureSize: report.pictureSize,
          keepHead: source.keepHead ?? false,
        },
      },
      layers: report.layers,
    }));
    for (const { code, message } of report.warnings) {
      say(store, { panel: 'backbone', kind: 'warning', code, text: message });
    }
  }

  function setLoading(loading: boolean): void {
    store.setState(({ backbone }) => ({ backbone: { ...backbone, loading } }));
  }

  return {
    editBackbone,
    loadBackbone,
    loadNow,
    /** Loads what the controls say. */
    async loadDraft(): Promise<readonly LayerStatus[]> {
      clearMessages(store, 'backbone');
      return loadBackbone(draftSource(store.getState()));
    },
  };
}

export type BackboneActions = ReturnType<typeof createBackboneActions>;

/** @returns the end and size that are proposed for a bundled backbone on this machine. */
export function proposalFor(
  entry: BundledBackbone,
  machine: ThawState['machine'],
): { backboneEnd: string; pictureSize: number } {
  const fallback = { backboneEnd: entry.defaultEnd, pictureSize: entry.pictureSizes[0] ?? 96 };
  if (machine.status !== 'ready') return fallback;
  const { backboneEnd, pictureSize } = machine.report.suggestion;
  return {
    backboneEnd: entry.blockEnds.includes(backboneEnd) ? backboneEnd : fallback.backboneEnd,
    pictureSize: entry.pictureSizes.includes(pictureSize) ? pictureSize : fallback.pictureSize,
  };
}

function draftSource(state: ThawState): BackboneSource {
  const { source, url, files, backboneEnd, pictureSize, keepHead } = state.backbone.draft;
  const options = {
    ...(backboneEnd === null ? {} : { backboneEnd }),
    ...(pictureSize === null ? {} : { pictureSize }),
    ...(keepHead ? { keepHead } : {}),
  };
  if (source.kind === 'bundled') return { kind: 'bundled', id: source.id, ...options };
  if (source.kind === 'url') {
    if (url.trim() === '') {
      throw new ThawError('model-not-found', 'Type the address of a model.json, then press Load backbone.');
    }
    return { kind: 'url', url: url.trim(), ...options };
  }
  if (files.length === 0) {
    throw new ThawError('model-not-found', 'Choose a model.json and its shards, then press Load backbone.');
  }
  return { kind: 'files', files, ...options };
}

async function toWorkerSource(source: BackboneSource, state: ThawState): Promise<WorkerBackboneSource> {
  const options = {
    ...(source.backboneEnd === undefined ? {} : { backboneEnd: source.backboneEnd }),
    ...(source.keepHead === undefined ? {} : { keepHead: source.keepHead }),
    ...(source.pictureSize === undefined ? {} : { pictureSize: source.pictureSize }),
  };
  switch (source.kind) {
    case 'bundled': {
      const entry = state.catalogue.find(({ id }) => id === source.id);
      if (entry === undefined) {
        const known = state.catalogue.map(({ id }) => id).join(', ');
        throw new ThawError(
          'model-not-found',
          `There is no bundled backbone “${source.id}”. There is: ${known}.`,
        );
      }
      const { url, preprocessing } = entry;
      return { kind: 'url', url, preprocessing, ...proposalFor(entry, state.machine), ...options };
    }
    case 'url':
      return { kind: 'url', url: absoluteAddress(source.url), ...options };
    case 'files': {
      const files = await Promise.all(
        source.files.map(async (file) => ({ name: file.name, bytes: await file.arrayBuffer() })),
      );
      return { kind: 'files', files, ...options };
    }
    default:
      throw new ThawError('invalid-option', KINDS);
  }
}

function absoluteAddress(address: string): string {
  if (URL.canParse(address, document.baseURI)) return new URL(address, document.baseURI).href;
  throw new ThawError('model-not-found', `“${address}” is no address. Type that of a model.json.`);
}
