"""What the page of a score adds to the style of the other pages."""

SCORE_STYLE = """
body { max-width: 72rem; }
a { color: var(--with); } h3 { font-size: 1.08rem; margin-top: 1.8rem; }
.wide table { font-size: .88rem; } .wide td, .wide th { padding: .3rem .8rem .3rem 0; white-space: nowrap; }
.wide td.value { font-weight: 400; } .wide tbody th { position: sticky; left: 0; background: var(--paper);
  padding-right: .8rem; }
.wide tr.ic td { border-bottom-color: #eef1f4; }
td.event-name { font-weight: 600; }
tr.ic td.event-name { color: #12707c; } tr.ho td.event-name { color: #8a5a00; } tr.fo td.event-name { color: #7a3b8f; }
.verdict { padding: .6rem .9rem; border-left: 4px solid #2e7d4f; background: #edf6f0; max-width: none; }
.verdict.fail { border-color: #b3261e; background: #fbeeed; } .verdict p { margin: 0; } .verdict ul { margin: .4rem 0 0;
  padding-left: 1.2rem; }
figure { scroll-margin-top: 1rem; } figure:target { outline: 3px solid #e0b400; outline-offset: 6px; }
.figures { grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); }
figure[id] { content-visibility: auto; contain-intrinsic-size: auto 27rem auto 20rem; }
.mark, .said, .decided { fill: none; stroke-width: 1.8; } .said { stroke-dasharray: 5 3; stroke-width: 1.5; }
.said.ahead { stroke-dasharray: 1 3; } .decided { stroke-width: 4; opacity: .55; }
.decided.ahead { stroke-width: 1.5; }
.mark.ic, .said.ic, .decided.ic { stroke: #12707c; } .mark.ho, .said.ho, .decided.ho { stroke: #c07f00; }
.mark.fo, .said.fo, .decided.fo { stroke: #7a3b8f; }
text.name { font-size: 12px; font-weight: 600; } text.name.ic { fill: #12707c; } text.name.ho { fill: #8a5a00; }
text.name.fo { fill: #7a3b8f; }
rect.miss { fill: #b3261e; fill-opacity: .16; } rect.extra { fill: #e8a000; fill-opacity: .3; }
rect.heel { fill: #8b98a5; } path.force.curve { stroke: #8b98a5; stroke-width: 1.2; }
rect.bar.ic { fill: #12707c; fill-opacity: .75; } rect.bar.ho { fill: #c07f00; fill-opacity: .75; }
rect.bar.fo { fill: #7a3b8f; fill-opacity: .75; }
@media print { figure[id] { content-visibility: visible; } .wide table { font-size: 7.5pt; } }
"""
