"""How a page looks: on a screen, on a phone, on paper. Solid is with, dashed is without: grey paper tells too."""

STYLE = """
:root { --ink: #1d2b36; --quiet: #566573; --rule: #dde3e8; --with: #12707c; --without: #b4532a; --paper: #fff;
  --font: "Source Sans 3", "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1.6rem 1.1rem 3rem; max-width: 64rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 var(--font); }
h1 { font-size: 1.75rem; line-height: 1.2; font-weight: 600; margin: .2rem 0 .4rem; }
h2 { font-size: 1.25rem; font-weight: 600; margin: 2.6rem 0 .3rem; padding-top: 1.1rem;
  border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; font-weight: 600; margin: 1.4rem 0 .2rem; }
p { max-width: 44rem; margin: .4rem 0 .8rem; }
.notice { margin: 0 0 1.4rem; padding: .55rem .8rem; border-left: 4px solid var(--quiet); background: #f3f5f7;
  color: var(--ink); max-width: none; font-size: .95rem; }
.shortfall { margin: 1.2rem 0; padding: .55rem .8rem .3rem; border-left: 4px solid var(--without); background: #fbf3ee;
  max-width: 46rem; break-inside: avoid; }
.shortfall p, .shortfall ul { margin: 0 0 .4rem; } .shortfall li { margin: 0 0 .3rem; }
.quiet, figcaption, .meaning { color: var(--quiet); }
.lead { font-size: 1.08rem; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .8rem; margin: 1.2rem 0; }
.number { border: 1px solid var(--rule); border-radius: 6px; padding: .7rem .9rem .6rem; break-inside: avoid; }
.number b { display: block; font-weight: 600; font-size: .92rem; }
.number div { display: flex; justify-content: space-between; align-items: baseline; gap: .6rem; color: var(--quiet);
  font-size: .92rem; }
.number div span { white-space: nowrap; font-size: 1.45rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.number .with span, .swatch.with { color: var(--with); }
.number .without span, .swatch.without { color: var(--without); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1.3rem 1.6rem;
  margin: 1rem 0; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-size: .92rem; margin: 0 0 .25rem; line-height: 1.35; }
svg { display: block; width: 100%; height: auto; }
.keys { display: flex; flex-wrap: wrap; gap: .25rem 1.2rem; font-size: .92rem; color: var(--quiet); margin: .5rem 0; }
.keys svg { display: inline-block; width: 1.9rem; height: .9rem; vertical-align: -.1rem; margin-right: .35rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .97rem; }
th, td { text-align: left; vertical-align: top; padding: .42rem .7rem .42rem 0; border-bottom: 1px solid var(--rule); }
thead th { color: var(--quiet); font-weight: 600; font-size: .9rem; }
tbody th { font-weight: 400; }
td.value { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; font-weight: 600; }
th.value { text-align: right; }
.meaning { display: block; font-size: .88rem; line-height: 1.35; }
text { font: 13px var(--font); fill: #566573; }
text.middle { text-anchor: middle; } text.end { text-anchor: end; }
text.label { fill: #1d2b36; } text.note { font-size: 12px; }
.grid { stroke: #dde3e8; stroke-width: 1; } .zero { stroke: #8b98a5; stroke-width: 1; }
.event { stroke: #566573; stroke-width: 1; stroke-dasharray: 2 3; }
path { fill: none; stroke-linejoin: round; }
path.with { stroke: #12707c; } path.without { stroke: #b4532a; } path.still { stroke: #c3ccd4; }
path.curve { stroke-width: 2.4; } path.without.curve { stroke-dasharray: 6 4; }
path.plain.curve { stroke: #1d2b36; stroke-width: 1.5; } path.current.curve { stroke: #12707c; stroke-width: 3; }
path.dots { stroke-width: 4; stroke-linecap: round; opacity: .4; }
path.limb { stroke-width: 2.6; stroke-linecap: round; }
path.foot { stroke-width: 1.6; fill-opacity: .22; }
path.foot.with { fill: #12707c; } path.foot.without { fill: #b4532a; }
path.foot.still { fill: #c3ccd4; } path.toe-path { stroke-width: 1.3; stroke-dasharray: 1 3; stroke-linecap: round; }
path.scrape { stroke: #b4532a; stroke-width: 6; }
.floor { stroke: #8b98a5; stroke-width: 1.5; }
rect.standing { fill: #e9edf0; } rect.unknown { fill: #f6e3e3; }
rect.loading { fill: #dfe7ec; } rect.stance { fill: #f1f4f6; }
rect.pre-swing { fill: #fbf0dc; } rect.swing { fill: #e0f0ee; }
path.strip { stroke-width: 9; } path.strip.standing { stroke: #cfd6dc; } path.strip.unknown { stroke: #eab8b8; }
path.strip.loading { stroke: #b9c6d0; } path.strip.stance { stroke: #dfe5ea; } path.strip.pre-swing { stroke: #f2d9a6; }
path.strip.swing { stroke: #9fd3cd; }
rect.bar-with { fill: #12707c; fill-opacity: .75; }
rect.bar-without { fill: #b4532a; fill-opacity: .14; stroke: #b4532a; stroke-width: 1.4; stroke-dasharray: 4 3; }
footer { margin-top: 2.6rem; padding-top: .9rem;
  border-top: 1px solid var(--rule); color: var(--quiet); font-size: .9rem; }
footer p { max-width: none; }
@media (max-width: 32rem) { body { padding-top: 1rem; } h1 { font-size: 1.45rem; } text { font-size: 15px; }
  text.note { font-size: 14px; } th, td { padding-right: .5rem; }
  .numbers { grid-template-columns: 1fr 1fr; gap: .6rem; }
  .number { padding: .55rem .6rem .45rem; } .number div span { font-size: 1.1rem; } }
@media print { @page { margin: 14mm; } body { padding: 0; max-width: none; font-size: 10pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } section { break-inside: avoid; }
  h2 { margin-top: .9rem; padding-top: .7rem;
  break-after: avoid; } p { max-width: none; margin: .2rem 0 .4rem; } .lead { font-size: 10.5pt; }
  .numbers { margin: .7rem 0; } .numbers { grid-template-columns: 1fr 1fr 1fr; }
  .figures { grid-template-columns: 1fr 1fr; gap: .8rem 1.2rem; } tr { break-inside: avoid; } }
"""
