import { html } from './html.ts'

/** How the page looks: one column, the fonts of the machine, light or dark as the reader has it. */
export const STYLE = html`
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1d2129;--quiet:#5c6470;--line:#dcd9d1;--soft:#f1efe9;--link:#1f5fae;
--good:#1d7a46;--bad:#b3261e;--warn:#8a5a00;--busy:#1f5fae;--hatch:#fffc;
--red:#c2463d;--red_fix:#d98a7f;--green:#2c8a57;--verify:#3a6fb5;--fix:#c07d1a;--re_verify:#7e9fd0;--refactor:#7d5bb0;
--add:#e3f4e8;--del:#fbe6e4;--add-ink:#0f5a30;--del-ink:#8c1d17}
@media(prefers-color-scheme:dark){:root{--paper:#15171b;--card:#1c1f25;--ink:#e4e6ea;--quiet:#a0a8b4;--line:#343943;--soft:#23272e;--link:#8ab8f5;
--good:#5fc98d;--bad:#f2857c;--warn:#e3b34f;--busy:#8ab8f5;--hatch:#15171bcc;
--red:#d8665c;--red_fix:#a8645b;--green:#46a873;--verify:#5d90d6;--fix:#cf9639;--re_verify:#55719d;--refactor:#9b7fd0;
--add:#16301f;--del:#3a1d1c;--add-ink:#9fe0b9;--del-ink:#f5b1ab}}
*{box-sizing:border-box}
html{scroll-behavior:auto;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:72rem;padding:2.5rem 1.5rem 4rem;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
code,pre,.code{font-family:ui-monospace,SFMono-Regular,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
code,.fact,dd,h1,li{overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,.wide:focus-visible,pre:focus-visible{outline:2px solid var(--link);outline-offset:2px}
h1{font-size:clamp(1.6rem,4.5vw,2.3rem);line-height:1.15;letter-spacing:-.015em;margin:.1em 0 .4em}
h2{font-size:1.3rem;letter-spacing:-.01em;margin:0 0 .75rem}
h4{font-size:.95rem;margin:1.4rem 0 .5rem}
p{margin:.5em 0}
.kind{margin:0;color:var(--quiet);font-size:.85rem;letter-spacing:.04em;text-transform:uppercase}
.quiet,figcaption .quiet{color:var(--quiet);font-weight:400}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.defs{position:absolute}
.state{display:flex;flex-wrap:wrap;gap:.25rem .8rem;align-items:baseline}
.state strong{font-size:1.05rem;padding:.05em .6em;border:1.5px solid;border-radius:1em}
.r-completed{color:var(--good)}.r-incomplete{color:var(--bad)}.r-paused,.r-interrupted{color:var(--warn)}.r-running,.r-planned{color:var(--busy)}
.notice,.cut{border:1px solid var(--warn);border-left-width:5px;border-radius:6px;padding:.6rem 1rem;background:var(--card)}
.cut h2{font-size:1rem;margin:0}.cut ul{margin:.3rem 0}
.next{background:var(--soft);border-radius:6px;padding:.6rem .9rem}
.tally{display:block;width:100%;height:10px;border-radius:5px;margin:1rem 0 .6rem}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:.4rem 0 1rem;color:var(--quiet);font-size:.875rem}
.legend li{display:flex;gap:.4em;align-items:center}.legend b{color:var(--ink)}
time{white-space:nowrap}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:.35rem 2rem;margin:1rem 0}
dl div{display:grid;grid-template-columns:8.5rem 1fr;gap:.6rem}dt{color:var(--quiet)}dd{margin:0}
nav{margin:1.8rem 0 0;border-block:1px solid var(--line)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;list-style:none;margin:0;padding:.6rem 0}nav a{text-decoration:none}nav a:hover{text-decoration:underline}
section{margin-top:2.6rem;scroll-margin-top:1rem}
.wide{overflow-x:auto;margin:.6rem 0;max-width:100%}
table{border-collapse:collapse;font-size:.9rem}
caption{text-align:left;color:var(--quiet);padding:.2rem 0 .4rem;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.35rem 1.6rem .35rem 0;overflow-wrap:break-word;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
thead th{color:var(--quiet);font-weight:500;white-space:nowrap}tbody th{font-weight:500;white-space:nowrap}
.n{text-align:right;white-space:nowrap}
td code{overflow-wrap:break-word}.x{overflow-wrap:anywhere;min-width:18rem}td ul{margin:0;padding-left:1.1em}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:currentColor}svg text.quiet{fill:var(--quiet);font-size:11px}
.sign{vertical-align:-.12em;flex:none}.hole{stroke:var(--card);fill:none}
.s-completed{color:var(--good);fill:var(--good)}.s-failed{color:var(--bad);fill:var(--bad)}.s-needs_human{color:var(--warn);fill:var(--warn)}
.s-running,.s-landing{color:var(--busy);fill:var(--busy)}.s-available,.s-retryable{color:var(--busy);fill:var(--re_verify)}
.s-pending,.s-blocked,.s-cancelled{color:var(--quiet);fill:var(--quiet)}.tally .s-pending{fill:var(--line)}
.graph,.timeline{display:block}
.lines path{fill:none;stroke:var(--quiet);stroke-opacity:.55;stroke-width:1.2}
.node rect{fill:var(--card);stroke:currentColor;stroke-width:1.5}.node text{fill:var(--ink)}.node text.quiet{fill:var(--quiet)}
.node.s-pending rect,.node.s-blocked rect{stroke-dasharray:4 3}a:hover .node rect{fill:var(--soft)}
.tick{stroke:var(--line)}.lane{stroke:var(--line);stroke-width:1}.break path{stroke:var(--warn);stroke-dasharray:3 3}
.landing{fill:var(--good)}.wait{stroke:var(--ink);stroke-width:2}.hatch{stroke:var(--hatch);stroke-width:4}
.letter{fill:#fff!important;font-size:11px!important;font-weight:600!important}
.bar.lost>rect{fill-opacity:.12;stroke:currentColor;stroke-width:1.4;stroke-dasharray:3 2}.bar.lost .letter{fill:var(--ink)!important}
.t-red{fill:var(--red);color:var(--red)}.t-red_fix{fill:var(--red_fix);color:var(--red_fix)}.t-green{fill:var(--green);color:var(--green)}
.t-verify{fill:var(--verify);color:var(--verify)}.t-fix{fill:var(--fix);color:var(--fix)}.t-re_verify{fill:var(--re_verify);color:var(--re_verify)}
.t-refactor{fill:var(--refactor);color:var(--refactor)}
.stage{border-left:.6em solid;padding-left:.5em;white-space:nowrap}.stage{border-color:currentColor}.attempts .stage{color:inherit}
.attempts .t-red{border-color:var(--red)}.attempts .t-red_fix{border-color:var(--red_fix)}.attempts .t-green{border-color:var(--green)}
.attempts .t-verify{border-color:var(--verify)}.attempts .t-fix{border-color:var(--fix)}.attempts .t-re_verify{border-color:var(--re_verify)}
.attempts .t-refactor{border-color:var(--refactor)}
.o-accepted{color:var(--good)}.o-refused,.o-gave_up,.o-disputed{color:var(--bad)}.o-lost{color:var(--warn)}
.c-open{color:var(--bad);font-weight:600}.c-half_open{color:var(--warn);font-weight:600}.c-closed{color:var(--good)}
.attempts .said td{border-bottom-color:var(--line);padding-top:0}.attempts tr:has(+.said)>*{border-bottom:0}
.said p,.fact{margin:.15rem 0;white-space:pre-wrap}.said .quiet{font-size:.85em}
details.task{border:1px solid var(--line);border-bottom-width:0;background:var(--card)}
details.task:first-of-type{border-radius:8px 8px 0 0}details.task:last-of-type{border-radius:0 0 8px 8px;border-bottom-width:1px}
details.task[open]{border-left:3px solid var(--link)}
summary{cursor:pointer;padding:.15rem 0}details.task>summary{padding:.55rem .9rem}details.task>summary:hover{background:var(--soft)}
details.task .title{font-weight:500}
.body{padding:.2rem 1.2rem 1.2rem;scroll-margin-top:4rem}.goal{white-space:pre-wrap;max-width:46rem}
figure{margin:.6rem 0 1rem;border:1px solid var(--line);border-radius:6px;overflow:hidden}
figcaption{padding:.35rem .8rem;background:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
pre{margin:0;padding:.5rem .8rem;overflow-x:auto;line-height:1.45;tab-size:4;max-height:34rem}
.add{background:var(--add);color:var(--add-ink)}.del{background:var(--del);color:var(--del-ink)}.hunk{color:var(--quiet)}
.curve{display:block;overflow:visible;border-bottom:1px solid var(--line)}.curve .memory{fill:var(--re_verify);fill-opacity:.55}.curve .processor{fill:none;stroke:var(--ink)}
footer{margin-top:3rem;border-top:1px solid var(--line);color:var(--quiet);font-size:.9rem}
@media(max-width:40rem){body{padding:1.2rem .9rem 3rem}.body{padding:.2rem .8rem 1rem}dl div{grid-template-columns:7rem 1fr}th,td{padding-right:1rem;white-space:nowrap}caption,.x,.said td{white-space:normal}.x{min-width:13rem}}
@media print{:root{--paper:#fff;--card:#fff;--soft:#f4f4f4}body{max-width:none;padding:0;font-size:10pt}nav{display:none}
details::details-content{content-visibility:visible;display:block;block-size:auto}.wide,pre{overflow:visible;max-height:none;white-space:pre-wrap}
svg.graph,svg.timeline{max-width:100%;height:auto}details.task,figure{break-inside:avoid-page}}
`
