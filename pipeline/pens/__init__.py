"""Digits that people wrote with pens, letters of fonts, and things by a program:
strokes, painted as on the pad.

`digits.npz` holds 1,303 digits: 1,200 by the 60 writers of UJIpenchars2, and 103 of
NumberPad, mostly by one person. `letters.npz` holds 1,122 letters of 33 handwriting
fonts. `familiar.npz` is the rule for what is no digit, as learned from them and MNIST
(`pipeline.quality.drawings`).
"""

ATTRIBUTION = (
    "UJIpenchars2 (D. Llorens, F. Prat, A. Marzal, J. M. Vilar and others, CC BY 4.0)"
    " and NumberPad (Bridger Maxwell, Apache-2.0)"
)
