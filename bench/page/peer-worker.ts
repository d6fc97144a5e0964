import * as Comlink from 'comlink';
import { benchBatch, benchNetwork } from './networks';
import type { Peer, PeerFacts, PeerKind, PlanCounts, StepTime, Work } from './peer';
import { countPlan } from './plan-counts';

/** Steps of one turn at most: enough for a median of a step that takes microseconds. */
const MOST_STEPS = 50;

let peer: Peer | null = null;

const api = {
  /** Makes the peer ready for its first step. */
  open: async (kind: PeerKind, work: Work, siteUrl: string): Promise<void> => {
    const network = await benchNetwork(work.network, siteUrl);
    const batch = benchBatch(work);
    peer = await create(kind);

    // Each peer loads only what it needs: stock TensorFlow.js runs without anything of Thaw's beside it.
    async function create(wanted: PeerKind): Promise<Peer> {
      switch (wanted.engine) {
        case 'thaw': {
          const { createThawPeer } = await import('./thaw-peer');
          return createThawPeer(wanted, network, batch, work.mode);
        }
        case 'thaw-tfjs': {
          const { createThawTfjsPeer } = await import('./thaw-tfjs-peer');
          return createThawTfjsPeer(network, batch, work.mode);
        }
        case 'stock': {
          const { createStockPeer } = await import('./stock-peer');
          return createStockPeer(wanted.backend, network, batch, work.mode);
        }
      }
    }
  },

  /** One step after the other until they have taken so long together, at least one. */
  turn: async (forMs: number): Promise<StepTime[]> => {
    const times: StepTime[] = [];
    for (let spentMs = 0; times.length === 0 || (spentMs < forMs && times.length < MOST_STEPS); ) {
      const startMs = performance.now();
      const jsMs = await opened().step();
      const ms = performance.now() - startMs;
      times.push({ ms, jsMs });
      spentMs += ms;
    }
    return times;
  },

  facts: (): PeerFacts => opened().facts(),
  count: (work: Work, siteUrl: string): Promise<PlanCounts> => countPlan(work, siteUrl),
};

function opened(): Peer {
  if (peer === null) throw new Error('No peer is open.');
  return peer;
}

export type PeerWorker = typeof api;

Comlink.expose(api);
