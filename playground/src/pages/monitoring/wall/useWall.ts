import { useEffect, useState } from 'react';
import type { View } from '../view';

export interface WallMode {
  isFull: boolean;
  /** Shows the wall on a full screen. */
  enter(): void;
  leave(): void;
  /** One step further: the wall on a full screen, or back to the desk. */
  toggle(): void;
  fill(): void;
}

/** The screen across the room: full, and awake. */
export function useWall(view: View, choose: (change: Partial<View>) => void): WallMode {
  const isWall = view.wall !== null;
  const isFull = useFullScreen(() => isWall && choose({ wall: null }));
  useAwake(isWall);
  const fill = () => {
    // Refused without a click or a key, or where a frame does not allow it: the wall fills the window.
    document.documentElement.requestFullscreen?.().catch(() => undefined);
  };
  const enter = () => {
    choose({ wall: view.wall ?? 'dark' });
    fill();
  };
  const leave = () => {
    choose({ wall: null });
    if (document.fullscreenElement) {
      document.exitFullscreen();
    }
  };
  return { isFull, enter, leave, fill, toggle: isWall && isFull ? leave : enter };
}

function useFullScreen(onEnd: () => void): boolean {
  const [isFull, setFull] = useState(() => document.fullscreenElement !== null);
  useEffect(() => {
    const note = () => {
      const now = document.fullscreenElement !== null;
      setFull(now);
      if (!now) {
        onEnd();
      }
    };
    document.addEventListener('fullscreenchange', note);
    return () => document.removeEventListener('fullscreenchange', note);
  }, [onEnd]);
  return isFull;
}

/** Keeps the screen on, where the browser can. */
function useAwake(isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted || !('wakeLock' in navigator)) {
      return;
    }
    let lock: Promise<WakeLockSentinel | undefined> | undefined;
    const hold = () => {
      if (document.visibilityState === 'visible') {
        lock = navigator.wakeLock.request('screen').catch(() => undefined);
      }
    };
    hold();
    // A lock ends whenever the page is hidden.
    document.addEventListener('visibilitychange', hold);
    return () => {
      document.removeEventListener('visibilitychange', hold);
      lock?.then((held) => held?.release());
    };
  }, [isWanted]);
}
