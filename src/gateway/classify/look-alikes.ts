/**
 * Lower-case characters that look like a letter, a digit, a colon or an equals sign of ASCII, as code points:
 * confusables.txt of Unicode 18.0 (UTS 39; © Unicode, Inc., Unicode License V3, https://www.unicode.org/license.txt),
 * by way of the crate unicode-security 0.1.3 (MIT or Apache-2.0). Left out is whatever NFKD makes ASCII of anyway.
 * Added are small capitals, and letters of which the capital alone looks like one (к).
 */
const table = `
2 1a8 1bb 3e9 10f7 14bf 1616 2d27 a645 a6ef a75b
3 21d 25c 292 437 499 4e1 969 ae9 10d5 1702 2c9d 2cc5 2ccd a76b a8f6 118ca 16f3b 1d206
4 ab9e 118cf 16e82
5 118db
6 431 2cd3 2cdd a543 abbe 118d5
7 172a 1c84 104fa 118c6 16e8a 1d1fe 1d212
8 223 9ea a6a a589 1031a 169fe 1e8cb
9 9ed a67 b68 d6d 2ccb a76f 118cc 118d6 169c1 1e2f2
: 2d0 2f8 589 5c3 703-704 831 1361 1393 16ec 1803 1809 205a 2236 a4fd a789 1015b 10af5 1123a 11dd9 1d108
= 1400 2250-2251 2257 2259-225a 225e 2a66 2a6e 2b96 2e40 30a0 a4ff a60c a78a 10190 11053
a 251 3b1 430 15c5 1d00 2376 237a a4ee ab64 ab7a 102a0 16f40 1df40-1df41 1df5a 1df6a
b 180 183 185 253 299 3b2 432 44c 463 48d 7d5 13fc 1472-1473 15af 15f7 1c80 1c87 2c83 a4d0 a557 a7b5 ab9f 10282
b 102a1 10301 1031c 16ed1 1d207
c a2 23c 441 4ab 1004 105a 1c83 1d04 20a1 2ca5 a4da abaf 102a2 10302 1043d 1051b 118e9 118f2 1d134 1f16e 1f74c
d f0 111 18c 256-257 501 146f 15de 15ea 1d05 20ab a4d2-a4d3 ab70 abb7 1018b 1df2d
e 247 3b5 435 4bd 4bf 1d07 212e 22ff 2d39 a4f0 a5cb ab32 ab7c 10286 118ce 1df81
f 192 284 3dd 584 7d3 15b4 1d6e 1e9d a4dd a730 a799 ab35 1017e 10287 102a5 10525 118c2 1d213
g 18d 1e5 260-262 50d 581 13fb 1d83 a4d6 ab90 1df45
h 127 266 29c 43d 45b 4a3 4bb 4c8 4ca 570 13fa 157c 2c68 2c8f 2d19 a4e7 a695 ab8b ab92 102cf 1df32 1df46-1df47
i a1 131 268-26a 3b9 456 582 1d7b-1d7c 2373 2378 2c93 a647 ab75 10ce5 118c3 16ec5
j 237 249 25f 29d 3f3 458 575 148d 1d0a a4d9 ab7b
k 138 199 3ba 43a 49b 49f 16d5 1d0b 20ad 2c6a 2c95 a4d7 a741 abb6 10518 1df48-1df49
l 142 19a 1c0 26b 26d 29f 4cf 5c0 5d5 5df 627 661 673 6f1 7ca 964 104a 14aa 16c1 16c5 16d0 21bf 2223 23fd 2502-2503
l 2cd1 2d4a 2d4f a4e1 a4f2 a56f a781 a7fe a830 a8ce aa5d abae 1028a 10309 10320 10443 1050e 10526 10926 10c3e 10cfa
l 11047 110c0 11141 111c5 113d4 1144b 115c5 11641 118d2 11c41 11dda 11de1 16ae4 16d63 16f16 16f28 1d100 1d22a 1d377
l 1df6e 1e141 1e8c7 1ed01
m 3bc 3fb 43c 4ce 560 15f0 16d6 1d0d 2c99 a4df ab87 102b0 10311 10c21 11700 118e3 1df4a
n 14b 19e 272-274 3b7 572 578 57c 1d70 2c9b a4e0 1018e 10513 11abe 1df4d-1df4f
o f8 275 3b8 3bf 3c3 3ed 43e 473 4e9 585 5e1 629 647 665 6be 6c1 6c3 6d5 6f5 6ff 7c0 7cb 840 966 9e6 a66 ae6 b20 b66
o be6 c66 ce6 d20 d66 e50 ed0 1010 101d 1040 10d7 10ff 110b 11bc 12d0 1340 17e0 1a32 1a45 1a80 1a90 1c82 1d0f 1d11
o 2205 2296 229d 2300 2365 236c 2c91 2c9f 2d31 2d41 2d54 3007 a4f3 a6a2 a74b ab3d-ab3e ab74 ab8e abbb 10292 102ab
o 1030f 1042c 104ea 10516 1051e 1092c 10c17 10d07 11116 11124 114d0 118c8 118d7 118e0 11de0 1699b 16ae9 16e80 1d21a
o 1df3c 1e140 1e2f0 1f714
p fe 1a5 1bf 3c1 3f8 440 146d 1d18 1d7d 2374 2ca3 2ccf a4d1 abb2 10295
q 2a0 51b 563 566 2d55 a7af 1df34
r 24d 27c-27d 280 433 493 1587 1d26 1d72 2c85 a4e3 ab47-ab48 ab71 ab81 aba2 104dc 16a19 16f35 1d216 1df37
s 1bd 282 455 57f d1f 10fd 1d74 2d1d a4e2 a576 a731 aba5 abaa 10296 10448 118c1 16ad6 16f3a
t 167 1ab 1ad 288 3c4 442 4ad 7e0 1c85 1d1b 1d75 20ae 22a4 2361 27d9 2c66 2ca7 3112 4e05 a4d4 a50b a68d ab72 ab8f
t 10297 102b1 10315 16f0a 1d373 1f768
u 289 28b 3c5 45f 57d 1200 144c 1d1c 1d7e 222a 22c3 a4f4 a79f ab4e ab52 ab9c 104f6 118d8 16f42 1df39
v 3bd 475 5d8 667 6f7 142f 1d20 2228 22c1 2d38 a4e6 a6df aba9 10197 1051d 10c1f 11706 118c0 16f08 1cefc 1d20d
v 1df51-1df52 1e145 1f708
w 26f 448 461 47d 51d 561 1d21 20a9 29e2 2cbd a4ea a761 a7fa ab83 aba4 114c5 1170a 1170e-1170f 118e6 118ef 1d20c
w 1df3f 1df7d
x d7 3c7 445 4b3 1541 157d 166d-166e 16b7 1763 1cf5 2573 292b-292c 2a2f-2a30 2cad 2d5d a4eb ab53 10196 10290 102b4
x 10317 10322 10527 10c13 10cc2 10cfc 118ec
y a5 1b4 24f 263 28f 3b3 443 4af 4b1 7cc 10e7 1d8c 1eff 2ca9 311a 4e2b a4ec a6b2 ab5a ab79 ab8d 102b2 10c20 118c4
y 118dc 16f43 1df31 1df55
z 1b6 225 290 3b6 1d22 1d76 2c6c 2c8d 2d2d a4dc a6c9 ab93 102f5 10507 118c9 118e5 11abc
`

/** The first letters of alphabets in circles, in squares, and of flags, which no normal form of Unicode makes plain. */
const alphabets = [0x1f150, 0x1f170, 0x1f1e6]

/** What each of these characters looks like, in lower case. */
export const lookAlikes: ReadonlyMap<string, string> = new Map([
  ...table
    .trim()
    .split('\n')
    .flatMap(line =>
      line
        .split(' ')
        .slice(1)
        .flatMap(range => charactersOf(range).map(each => [each, line[0]!] as const)),
    ),
  ...alphabets.flatMap(first =>
    Array.from('abcdefghijklmnopqrstuvwxyz', (letter, index) => [String.fromCodePoint(first + index), letter] as const),
  ),
])

function charactersOf(range: string): string[] {
  const [first = 0, last = first] = range.split('-').map(code => Number.parseInt(code, 16))
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index))
}
