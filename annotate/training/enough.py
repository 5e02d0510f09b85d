"""From how many held-out frames on a difference of two models says anything. No numpy: the pages read it too."""

FEWEST_FRAMES = 5
"""Frames that all point one way are enough for the interval of the bootstrap to lie above zero, and two equal models
get them by chance once in 2 to the power of n: 1 in 16 with 4 frames, which is no 5 %, and 1 in 32 with 5. With one
frame all resamples are the same one, so its interval is a point and every second tie comes out as "better".

So it is a floor, no more: the percentile interval of few frames is too short in any case. Of simulated ties it calls
better 49 % with 1 frame, 25 % with 2, 13 % with 3, 10 % with 4, 8 % with 5, 5 % with 10, 3 % with 30
(tests/training/test_bootstrap.py)."""
