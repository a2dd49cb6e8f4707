// The style of the page.
import type { Theme } from './options'

const light = `color-scheme:light;--page:#fff;--odd:#f6f8fa;--line:#d8dee4;--text:#1f2328;--faint:#59636e;
--arrow:#8c959f;--cancel:#cf222e;--done:#ddf4ff;--done-edge:#0969da;--dropped:#fff1d6;--dropped-stripe:#f2d3a2;--dropped-edge:#b35900;
--failed:#ffe0de;--failed-edge:#b42318;--open:#eaeef2;--open-edge:#6e7781;--chosen:#8250df`

const dark = `color-scheme:dark;--page:#0d1117;--odd:#151b23;--line:#2a313c;--text:#f0f6fc;--faint:#9198a1;
--arrow:#6e7681;--cancel:#ff6a69;--done:#0c2d4f;--done-edge:#4493f8;--dropped:#46290a;--dropped-stripe:#6b4516;--dropped-edge:#e09b3d;
--failed:#4c1512;--failed-edge:#f5655c;--open:#262c36;--open-edge:#8b949e;--chosen:#d2a8ff`

const colors: Record<Theme, string> = {
  light: `:root{${light}}`,
  dark: `:root{${dark}}`,
  auto: `:root{${light}}@media (prefers-color-scheme:dark){:root{${dark}}}`,
}

/** The height of a row of bars, and the margins above and below the rows of a lane, in pixels. */
export const ROW = 22
export const PADDING = 7
/** The height of the axis in pixels. */
export const AXIS = 26
/** The width of the names of lanes in pixels. */
export const NAMES = 250

const rules = `
*{box-sizing:border-box}
body{margin:0;height:100vh;display:flex;flex-direction:column;background:var(--page);color:var(--text);
font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header{padding:10px 14px;border-bottom:1px solid var(--line);display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center}
h1{font-size:16px;margin:0}header p{margin:0;color:var(--faint)}
button,input{font:inherit;color:inherit}
header button,input{background:var(--odd);border:1px solid var(--line);border-radius:6px;padding:3px 9px}
.tools{display:flex;gap:6px;align-items:center}
#view{flex:1;overflow:auto;position:relative;min-height:80px}
#content{position:relative;min-height:100%;width:calc(${NAMES + 40}px + var(--length)*var(--zoom)*1px)}
#axis{position:sticky;top:0;z-index:3;height:${AXIS}px;background:var(--page);border-bottom:1px solid var(--line)}
.tick{position:absolute;top:6px;padding-left:4px;border-left:1px solid var(--line);color:var(--faint);
white-space:nowrap;font-variant-numeric:tabular-nums}
.lane{position:relative;background:var(--page)}.lane:nth-of-type(even){background:var(--odd)}
h2{position:sticky;left:0;z-index:2;width:${NAMES}px;height:100%;margin:0;padding:0 12px;font-size:13px;font-weight:500;
display:flex;align-items:center;gap:8px;background:inherit;border-left:4px solid var(--edge);
border-right:1px solid var(--line)}
.javascript{--edge:#8250df}.com-thread{--edge:#218bff}.server{--edge:#2da44e}
h2 span{flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
h2 small{color:var(--faint);font-variant-numeric:tabular-nums}
ul{list-style:none;margin:0;padding:0;position:absolute;left:${NAMES}px;top:0}
.bar{position:absolute;z-index:1;left:calc(var(--b)*var(--zoom)*1px);width:max(3px,calc(var(--l)*var(--zoom)*1px));
top:calc(${PADDING}px + var(--d)*${ROW}px);height:18px;padding:0;border:0;border-radius:3px;text-align:left;
font-size:11px;line-height:16px;white-space:nowrap;overflow:clip;cursor:pointer}
.bar span{position:sticky;left:${NAMES + 4}px;padding:0 4px}
.call{color:#fff}.call.completed{background:#0969da}.call.canceled{background:#b35900}
.call.failed{background:#b42318}
.method{border:1px solid;color:var(--text)}
.method.completed{background:var(--done);border-color:var(--done-edge)}
.method.canceled{background:var(--dropped);border-color:var(--dropped-edge)}
.method.failed{background:var(--failed);border-color:var(--failed-edge)}
.method.pending{background:var(--open);border-color:var(--open-edge)}
.method.reply-dropped{border-color:var(--dropped-edge);
background:repeating-linear-gradient(135deg,var(--dropped) 0 5px,var(--dropped-stripe) 5px 7px)}
.call.pending{background:repeating-linear-gradient(135deg,#6e7781 0 5px,#878f98 5px 7px)}
.bar.miss{opacity:.15}.bar.same{outline:2px solid var(--chosen);outline-offset:1px}
.bar.selected,.bar:focus-visible{outline:3px solid var(--chosen);outline-offset:1px}
.arrow,.mark{position:absolute;left:calc(${NAMES}px + var(--b)*var(--zoom)*1px);pointer-events:none}
.arrow{width:0;border-left:1px solid var(--arrow)}.arrow.cancel{border-left:1.5px dashed var(--cancel)}
.arrow::after{content:"";position:absolute;left:-4px;border:4px solid transparent}
.arrow.down::after{bottom:-1px;border-top-color:var(--arrow);border-bottom:0}
.arrow.up::after{top:-1px;border-bottom-color:var(--arrow);border-top:0}
.arrow.cancel.down::after{border-top-color:var(--cancel)}.arrow.cancel.up::after{border-bottom-color:var(--cancel)}
.mark{z-index:1;width:2px;height:10px;background:var(--faint)}
.mark.cancel{width:9px;height:9px;margin-left:-4px;background:var(--cancel);transform:rotate(45deg)}
#details{margin:0;padding:8px 14px;border-top:1px solid var(--line);white-space:pre-wrap;min-height:40px;
max-height:30vh;overflow:auto;font:inherit}
#details:empty::before{content:"Choose a bar to see its details.";color:var(--faint)}
@media print{body{height:auto}#view{overflow:visible}}`

export const pageStyle = (theme: Theme): string => `${colors[theme]}${rules}`
