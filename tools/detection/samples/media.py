"""Sound and films, by FFmpeg."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg

PICTURE = ("-f", "lavfi", "-i", "testsrc=size=32x32:rate=5:duration=0.6")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration=0.3")
OPTIONS = {
    "film.mp4": (*PICTURE, "-c:v", "libx264", "-pix_fmt", "yuv420p"),
    "film.mov": (*PICTURE, "-c:v", "mpeg4"),
    "film.webm": (*PICTURE, "-c:v", "libvpx"),
    "film.mkv": (*PICTURE, "-c:v", "libvpx"),
    "film.avi": (*PICTURE, "-c:v", "mpeg4"),
    "film.flv": (*PICTURE, "-c:v", "flv1"),
    "film.ts": (*PICTURE, "-c:v", "mpeg2video", "-f", "mpegts"),
    "sound.mp3": (*SOUND, "-c:a", "libmp3lame", "-b:a", "32k", "-metadata", "title=Tram"),
    "bare.mp3": (*SOUND, "-c:a", "libmp3lame", "-b:a", "32k", "-id3v2_version", "0", "-write_xing", "0"),
    "sound.flac": (*SOUND, "-c:a", "flac"),
    "sound.ogg": (*SOUND, "-c:a", "libvorbis"),
    "sound.opus": (*SOUND, "-c:a", "libopus", "-b:a", "16k"),
    "sound.wav": (*SOUND, "-c:a", "pcm_s16le", "-ar", "8000"),
    "sound.m4a": (*SOUND, "-c:a", "aac", "-b:a", "32k"),
    "sound.aac": (*SOUND, "-c:a", "aac", "-b:a", "32k"),
    "sound.aiff": (*SOUND, "-ar", "8000"),
    "sound.wma": (*SOUND, "-c:a", "wmav2", "-b:a", "32k"),
}


def samples() -> dict[str, bytes]:
    """Return media of some tenths of a second by their file names. Raises CalledProcessError."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, options in OPTIONS.items():
            path = Path(folder, name)
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *options, "-bitexact", str(path)]
            subprocess.run(command, check=True)
            found[name] = path.read_bytes()
    # notes of a piano, which FFmpeg does not write: one track that presses one key
    track = bytes.fromhex("00c000 00903c40 60803c40 00ff2f00".replace(" ", ""))
    header = b"MThd" + bytes.fromhex("00000006 0000 0001 0060".replace(" ", ""))
    return found | {"song.mid": header + b"MTrk" + len(track).to_bytes(4, "big") + track}
