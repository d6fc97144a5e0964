import * as Comlink from 'comlink';
import type { Machine, PeerFacts, PeerKind, PlanCounts, StepTime, Work } from './peer';
import type { PeerWorker } from './peer-worker';

interface OpenPeer {
  readonly worker: Worker;
  readonly remote: Comlink.Remote<PeerWorker>;
}

/** What Node calls. Each peer has a worker, and so a memory, of its own. */
export interface Bench {
  machine(): Promise<Machine>;
  open(id: string, kind: PeerKind, work: Work): Promise<void>;
  turn(id: string, forMs: number): Promise<StepTime[]>;
  facts(id: string): Promise<PeerFacts>;
  close(id: string): void;
  count(work: Work): Promise<PlanCounts>;
}

declare global {
  interface Window {
    bench: Bench;
  }
}

const peers = new Map<string, OpenPeer>();

function start(id: string): OpenPeer {
  const worker = new Worker(new URL('./peer-worker.ts', import.meta.url), { type: 'module', name: id });
  const peer = { worker, remote: Comlink.wrap<PeerWorker>(worker) };
  peers.set(id, peer);
  return peer;
}

function of(id: string): Comlink.Remote<PeerWorker> {
  const peer = peers.get(id);
  if (!peer) throw new Error(`No peer ${id} is open.`);
  return peer.remote;
}

function close(id: string): void {
  peers.get(id)?.worker.terminate();
  peers.delete(id);
}

window.bench = {
  machine: async () => {
    const adapter = await navigator.gpu?.requestAdapter();
    const { vendor, architecture, description } = adapter?.info ?? {};
    return {
      threads: navigator.hardwareConcurrency,
      isolation: crossOriginIsolated ? 'isolated' : 'not isolated',
      adapter: [vendor, architecture, description].filter(Boolean).join(' ') || 'none',
    };
  },
  open: (id, kind, work) => start(id).remote.open(kind, work, location.href),
  turn: (id, forMs) => of(id).turn(forMs),
  facts: (id) => of(id).facts(),
  close,
  count: async (work) => {
    const counted = await start('count').remote.count(work, location.href);
    close('count');
    return counted;
  },
};
