"""Digits that people wrote with pens, and letters and things that a program draws: strokes, painted as on the pad.

`digits.npz` holds 2,022 digits: 1,200 by the 60 writers of UJIpenchars2, and 822 of NumberPad, mostly by one person.
"""

ATTRIBUTION = (
    "UJIpenchars2 (D. Llorens, F. Prat, A. Marzal, J. M. Vilar and others, CC BY 4.0) and NumberPad (Bridger Maxwell, "
    "Apache-2.0)"
)
