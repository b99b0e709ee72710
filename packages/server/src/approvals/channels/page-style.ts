// Styles of what people read. No address in them: nothing is fetched.

const COLOURS = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --ink: #1b2230; --quiet: #5b6577; --line: #dde2ea;
  --code: #f2f4f8; --go: #17693f; --stop: #a32a24; --wait: #8a5a00; --link: #1f4fbf; }
@media (prefers-color-scheme: dark) { :root { --page: #11141a; --card: #191e27; --ink: #e7eaf0; --quiet: #9aa5b8; --line: #2c3442;
  --code: #10141b; --go: #4cc38a; --stop: #ff8078; --wait: #f0b44c; --link: #8fb0ff; } }`;

const TEXT = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .35rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: var(--quiet); margin: 2rem 0 .5rem; font-weight: 600; }
p { margin: .4rem 0; } .quiet { color: var(--quiet); font-size: .9rem; }
dl { margin: 0; border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow: hidden; }
dl div { display: grid; grid-template-columns: 11rem 1fr; gap: 1rem; padding: .6rem .9rem; border-top: 1px solid var(--line); }
dl div:first-child { border-top: 0; } dt { color: var(--quiet); overflow-wrap: anywhere; }
dd { margin: 0; min-width: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
dl.args dt, dl.args dd { font: .88rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
blockquote { margin: 0; padding: .7rem .9rem; border-left: 3px solid var(--wait); background: var(--card); border-radius: 0 10px 10px 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
ul { list-style: none; margin: 0; padding: 0; } li { padding: .6rem .9rem; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card); margin: 0 0 .5rem; overflow-wrap: anywhere; }
li code { display: block; margin-top: .4rem; padding: .4rem .6rem; background: var(--code); border-radius: 6px; font-size: .84rem;
  white-space: pre-wrap; } .score { float: right; color: var(--wait); font-variant-numeric: tabular-nums; margin-left: 1rem; }
a { color: var(--link); } .button { display: inline-block; padding: .6rem 1.1rem; border-radius: 8px; background: var(--link);
  color: var(--card); text-decoration: none; font-weight: 600; }
@media (max-width: 34rem) { dl div { grid-template-columns: 1fr; gap: .1rem; } }`;

const FORM = `
.state { display: inline-block; padding: .1rem .6rem; border-radius: 99px; border: 1px solid; font-size: .82rem; font-weight: 600;
  margin-bottom: .7rem; } .pending { color: var(--wait); } .approved, .used { color: var(--go); }
.denied, .expired, .withdrawn { color: var(--stop); }
.note { border: 1px solid var(--stop); color: var(--stop); border-radius: 10px; padding: .6rem .9rem; margin: 0 0 1.2rem; }
form { border: 1px solid var(--line); background: var(--card); border-radius: 12px; padding: 1rem; margin-top: 2rem; }
label { display: block; font-weight: 600; margin-bottom: .3rem; }
input, textarea { width: 100%; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 8px;
  padding: .55rem .7rem; } textarea { min-height: 4.5rem; resize: vertical; }
.choices { display: flex; gap: .7rem; flex-wrap: wrap; margin-top: .9rem; }
button { font: inherit; font-weight: 650; border-radius: 8px; padding: .6rem 1.4rem; border: 1px solid; background: none; cursor: pointer; }
button.go { background: var(--go); border-color: var(--go); color: var(--card); } button.stop { color: var(--stop); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }`;

export const MAIL_STYLE = COLOURS + TEXT;
export const PAGE_STYLE = COLOURS + TEXT + FORM;
