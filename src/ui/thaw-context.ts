import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { ThawState } from '../store/state';
import type { Thaw } from '../store/thaw-store';

export const ThawContext = createContext<Thaw | null>(null);

export function useThaw(): Thaw {
  const thaw = useContext(ThawContext);
  if (thaw === null) throw new Error('ThawContext is missing: render inside <ThawContext value={…}>.');
  return thaw;
}

/** Draws again only when what is selected is another value. */
export function useThawState<T>(select: (state: ThawState) => T): T {
  return useStore(useThaw().store, select);
}
