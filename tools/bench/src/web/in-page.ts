/** What runs inside of the measured page. Each function is sent there as text, so that none may use anything from outside of it. */

/** When the page could first be used, in ms since the navigation began. */
export interface FirstUse {
  /** One can write. */
  composer?: number;
  /** Messages are on the screen. */
  messages?: number;
}

interface Recording {
  firstUse: FirstUse;
  frames: number[];
  isRecording: boolean;
}

/** Begins with the page, and looks at each frame whether it can be used. */
export function watchFirstUse(): void {
  const recording: Recording = { firstUse: {}, frames: [], isRecording: false };
  Object.assign(globalThis, { recording });
  const { firstUse } = recording;
  const look = () => {
    const field = document.querySelector<HTMLTextAreaElement>('textarea.composer-field');
    if (field !== null && !field.disabled) firstUse.composer ??= performance.now();
    if (document.querySelector('.messages article') !== null) firstUse.messages ??= performance.now();
    if (firstUse.composer === undefined || firstUse.messages === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** @returns the times that are known by now */
export function firstUse(): FirstUse {
  return (globalThis as unknown as { recording: Recording }).recording.firstUse;
}

/** Notes from now on when each frame begins. */
export function recordFrames(): void {
  const { recording } = globalThis as unknown as { recording: Recording };
  recording.frames = [];
  recording.isRecording = true;
  const next = (time: number) => {
    recording.frames.push(time);
    if (recording.isRecording) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}

/** @returns when each frame began, in ms */
export function recordedFrames(): number[] {
  const { recording } = globalThis as unknown as { recording: Recording };
  recording.isRecording = false;
  return recording.frames;
}
