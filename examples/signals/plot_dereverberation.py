"""
Dereverberation: taking a voice out of a room
=============================================

A room answers each sound with thousands of echoes: the recording is the voice convolved with the
impulse response of the room, half a second long. With that response measured (a clap, a sweep) the
voice comes back. The adjoint, known here as the matched filter, does not bring it back.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import lfilter, spectrogram

import sigdeconv as sd

# A made-up voice: a buzz of gliding pitch through three moving resonances, in four syllables.
rate, rng = 8000, np.random.default_rng(0)
t = np.arange(int(1.6 * rate)) / rate
pitch = 110 + 25 * np.sin(2 * np.pi * 1.1 * t)
buzz = np.diff(np.floor(np.cumsum(pitch) / rate), prepend=0) + 0.02 * rng.standard_normal(t.size)
voice = np.zeros_like(t)
for centre, sway in ((520, 180), (1450, 350), (2600, 150)):
    for block in np.split(np.arange(t.size), 64):
        f = centre + sway * np.sin(2 * np.pi * 1.7 * t[block[0]] + centre)
        pole = np.exp(-200 / rate + 2j * np.pi * f / rate)
        voice[block] += lfilter([1.0], np.poly([pole, pole.conj()]).real, buzz[block])
voice *= np.maximum(np.sin(2 * np.pi * 1.25 * t), 0) ** 0.5
voice = np.pad(voice / np.abs(voice).max(), rate // 2)

# %%
# The room: noise that dies away by 60 dB in 0.6 s, after the direct sound. Zero displacement is the
# first sample of the response, and what was before and after the recording is silence.

room = rng.standard_normal(rate // 2) * np.exp(-6.9 / 0.6 * np.arange(rate // 2) / rate) * 0.12
room[0] = 1.0
A = sd.Convolution(room, voice.shape, "zero", centre=(0,))
clean = A(voice)
heard = clean + 1e-3 * clean.std() * rng.standard_normal(clean.size)
sounds = {
    "voice": voice,
    "in the room": heard,
    "matched filter (adjoint)": sd.scaled_adjoint(heard, A),
    "Wiener": sd.wiener(heard, A),
}

# %%
with sd.plots.style.context():
    figure, axes = plt.subplots(2, 4, figsize=(9.6, 3.8), layout="constrained", sharey="row")
    for (top, below), (name, sound) in zip(axes.T, sounds.items(), strict=True):
        snr = -20 * np.log10(max(np.linalg.norm(sound - voice) / np.linalg.norm(voice), 1e-9))
        print(f"{name:26} signal to error {snr:6.1f} dB")
        f, when, power = spectrogram(sound, rate, nperseg=200, noverlap=150)
        top.pcolormesh(when, f / 1e3, 10 * np.log10(power + 1e-12), vmin=-90, vmax=-40)
        top.set_title(name if sound is voice else f"{name}\nsignal to error {snr:.1f} dB")
        below.plot(np.arange(sound.size) / rate, sound, "k", lw=0.4)
        below.set(xlabel="seconds", ylim=(-1, 1))
    axes[0, 0].set_ylabel("frequency (kHz)")
plt.show()
