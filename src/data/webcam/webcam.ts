import { type ErrorCode, ThawError } from '../../core/errors';

/** What the browser's `navigator.mediaDevices` can do; undefined where it has none. */
export type CameraDevices = Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices'> | undefined;

export interface Camera {
  readonly id: string;
  /** For people. */
  readonly name: string;
}

/** A camera whose light is on. */
export interface OpenWebcam {
  readonly stream: MediaStream;
  readonly cameraId: string;
  /** All that there are, this one too. */
  readonly cameras: readonly Camera[];
  /** People expect a mirror of a camera that looks at them, and a window of one that looks away. */
  readonly preview: 'mirrored' | 'as-is';
}

export interface WebcamOptions {
  /** Null: the one the browser proposes. */
  readonly cameraId: string | null;
  /** Turns the camera off, whenever it comes. */
  readonly signal: AbortSignal;
  /** Told when the camera goes away by itself. */
  readonly onLost: (error: ThawError) => void;
}

/** More than any backbone here reads, and what the simplest cameras give. */
const WANTED_SIZE = { width: { ideal: 640 }, height: { ideal: 480 } };

/**
 * Asks for a camera and turns it on.
 * @throws ThawError `webcam-unavailable`, `webcam-refused`, `webcam-not-found`, `webcam-in-use`, `cancelled`
 */
export async function openWebcam(devices: CameraDevices, options: WebcamOptions): Promise<OpenWebcam> {
  const { cameraId, signal, onLost } = options;
  if (devices === undefined) throw failure('webcam-unavailable');
  const chosen = cameraId === null ? {} : { deviceId: { exact: cameraId } };
  const video = { ...WANTED_SIZE, ...chosen };
  const stream = await devices.getUserMedia({ audio: false, video }).catch((cause: unknown) => {
    throw failureOf(cause);
  });
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  const throwIfClosed = () => {
    if (!signal.aborted) return;
    stop();
    throw new ThawError('cancelled', 'The webcam was turned off.');
  };
  throwIfClosed();
  signal.addEventListener('abort', stop, { once: true });
  const track = stream.getVideoTracks()[0]!;
  track.addEventListener('ended', () => onLost(failure('webcam-lost')));
  // Without the list the camera that is on will do.
  const all = await devices.enumerateDevices().catch(() => []);
  throwIfClosed();
  // It may have gone meanwhile: whoever was told of that would else take it for open now.
  if (track.readyState === 'ended') throw failure('webcam-lost');
  const settings = track.getSettings();
  return {
    stream,
    cameraId: settings.deviceId ?? '',
    cameras: all
      .filter(({ kind }) => kind === 'videoinput')
      .map(({ deviceId, label }, index) => ({ id: deviceId, name: label || `Camera ${index + 1}` })),
    preview: settings.facingMode === 'environment' ? 'as-is' : 'mirrored',
  };
}

type WebcamCode = Extract<ErrorCode, `webcam-${string}`>;

const SENTENCES: Record<WebcamCode, string> = {
  'webcam-unavailable':
    'The browser gives no webcam to this page. It does so only for pages opened over https or from this machine; open the page that way.',
  'webcam-refused':
    'This page may not use the webcam. Allow it in the browser’s settings for this site, then try again.',
  'webcam-not-found': 'No webcam was found. Plug one in, then try again.',
  'webcam-in-use':
    'The webcam cannot be started; another program may be using it. Close that one, then try again.',
  'webcam-lost': 'The webcam went away: it was unplugged or turned off. Plug it in, then try again.',
};

/** The names are those of the Media Capture and Streams specification for getUserMedia. */
const CODES: Readonly<Record<string, WebcamCode>> = {
  TypeError: 'webcam-unavailable',
  NotAllowedError: 'webcam-refused',
  SecurityError: 'webcam-refused',
  NotFoundError: 'webcam-not-found',
  // The camera that was chosen by its id is not there any more.
  OverconstrainedError: 'webcam-not-found',
  NotReadableError: 'webcam-in-use',
  AbortError: 'webcam-in-use',
};

function failure(code: WebcamCode, cause?: unknown): ThawError {
  return new ThawError(code, SENTENCES[code], { cause });
}

function failureOf(cause: unknown): unknown {
  const code = cause instanceof Error ? CODES[cause.name] : undefined;
  return code === undefined ? cause : failure(code, cause);
}
