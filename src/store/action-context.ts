import type { StoreApi } from 'zustand/vanilla';
import { type ErrorCode, ThawError, toFailure } from '../core/errors';
import type { Ports } from './ports';
import type { Message, PanelName, ThawState } from './state';
import { isTraining } from './training/training-reducer';

/** What every action works with. */
export interface ActionContext {
  readonly store: StoreApi<ThawState>;
  readonly ports: Ports;
  /** Runs one change of backbone or data at a time, in the order asked for. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether a change has been asked for whose turn has not come. */
  readonly isChangeWaiting: () => boolean;
}

export function createTurns(): Pick<ActionContext, 'inTurn' | 'isChangeWaiting'> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    inTurn: (work) => {
      waiting += 1;
      const begin = () => {
        waiting -= 1;
        return work();
      };
      const turn = last.then(begin, begin);
      last = turn.catch(() => undefined);
      return turn;
    },
    isChangeWaiting: () => waiting > 0,
  };
}

/** Puts a sentence on the page. The same sentence at the same panel is not said twice. */
export function say(store: StoreApi<ThawState>, message: Omit<Message, 'id'>): void {
  store.setState(({ messages }) => {
    const others = messages.filter((said) => said.panel !== message.panel || said.text !== message.text);
    const id = 1 + Math.max(0, ...messages.map((said) => said.id));
    return { messages: [...others, { ...message, id }] };
  });
}

export function dismissMessage(store: StoreApi<ThawState>, id: number): void {
  store.setState(({ messages }) => ({ messages: messages.filter((message) => message.id !== id) }));
}

/** @param kind of the messages that go; default: all of the panel */
export function clearMessages(
  store: StoreApi<ThawState>,
  panel: PanelName,
  kind: Message['kind'] | 'any' = 'any',
): void {
  const goes = (message: Message) => message.panel === panel && (kind === 'any' || message.kind === kind);
  store.setState(({ messages }) => ({ messages: messages.filter((message) => !goes(message)) }));
}

/** Nothing went wrong: it was stopped, or the first of several classes was added. */
const NO_FAULTS: readonly ErrorCode[] = ['cancelled', 'one-class'];

/** Runs what a press asks for; a failure becomes a sentence at its panel instead of an exception. */
export async function attempt(
  store: StoreApi<ThawState>,
  panel: PanelName,
  action: () => unknown,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { code, message } = toFailure(error);
    say(store, { panel, kind: NO_FAULTS.includes(code) ? 'note' : 'failure', code, text: message });
  }
}

/** @throws busy-training while a run goes on: nothing it rests on may change under it. */
export function refuseWhileTraining(state: ThawState, what: string): void {
  if (!isTraining(state.training.status)) return;
  throw new ThawError('busy-training', `${what} while training runs. Press Stop first, or wait for its end.`);
}

/**
 * @throws no-backbone, no-data while what a run would rest on is being changed: what the page shows is then not what
 * the run would train on.
 */
export function refuseWhileChanging({ store, isChangeWaiting }: ActionContext): void {
  const { backbone, data } = store.getState();
  if (backbone.loading) {
    throw new ThawError('no-backbone', 'The backbone is still loading. Start the run once it is there.');
  }
  if (data.progress === null && !isChangeWaiting()) return;
  throw new ThawError('no-data', 'The pictures are still being changed. Start the run once they are there.');
}
