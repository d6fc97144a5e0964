import { useEffect, useRef } from 'react';
import type { OpenWebcam } from '../../data/webcam/webcam';
import styles from './webcam.module.css';

interface WebcamVideoProps {
  readonly webcam: OpenWebcam;
  /** Told of the video once it has a frame, and of null when it goes. */
  readonly onVideo: (video: HTMLVideoElement | null) => void;
}

/** The centre square of what the camera sees. Only this view is mirrored; frames are as the camera gives them. */
export function WebcamVideo({ webcam, onVideo }: WebcamVideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = webcam.stream;
    return () => onVideo(null);
  }, [webcam, onVideo]);
  return (
    <video
      ref={video}
      className={webcam.preview === 'mirrored' ? `${styles.video} ${styles.mirrored}` : styles.video}
      aria-label="Webcam"
      autoPlay
      muted
      playsInline
      onLoadedData={(event) => onVideo(event.currentTarget)}
    />
  );
}
