"""The style sheet of our inline output.

JupyterLab's variables come first, VS Code's second; what neither has falls back to the text's own
colour and to greys that read on white and on black. Where styles are stripped (GitHub), plain
tables remain.
"""

from typing import Final

# Okabe and Ito's palette, safe for colour-blind readers; yellow and black are replaced, for each
# vanishes on one of the two backgrounds.
COLORS: Final = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#8c6bb1",
    "#8c8c3e",
    "#7f7f7f",
    "#b5651d",
)

STATUS_COLORS: Final = {
    "RUNNING": "#1e88e5",
    "SCHEDULED": "#8c6bb1",
    "FINISHED": "#2e9e4f",
    "FAILED": "#d9453d",
    "KILLED": "#d98a1f",
}

STYLE: Final = """
.mltrack-out{--mt-fg:var(--jp-content-font-color1,var(--vscode-editor-foreground,inherit));
--mt-muted:var(--jp-content-font-color2,var(--vscode-descriptionForeground,#808080));
--mt-line:var(--jp-border-color2,rgba(128,128,128,.3));
--mt-mono:var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace);
color:var(--mt-fg);font-family:var(--jp-ui-font-family,system-ui,sans-serif);
font-size:var(--jp-ui-font-size1,13px);line-height:1.45;margin:2px 0 6px;max-width:100%}
.mltrack-out .mltrack-scroll{overflow-x:auto;max-width:100%}
.mltrack-out table.mltrack-table{border-collapse:collapse;border:0;margin:6px 0;width:auto;
font-size:inherit;table-layout:auto}
.mltrack-out .mltrack-table th,.mltrack-out .mltrack-table td{border:0;
border-bottom:1px solid var(--mt-line);padding:3px 9px;text-align:left;vertical-align:baseline;
white-space:nowrap;background:none;max-width:none;color:inherit}
.mltrack-out .mltrack-table tbody tr{background:none}
.mltrack-out .mltrack-table tbody tr:hover{background:rgba(128,128,128,.1)}
.mltrack-out .mltrack-table tbody tr:last-child>*{border-bottom:0}
.mltrack-out .mltrack-table thead th{color:var(--mt-muted);font-weight:500;font-size:.88em;
vertical-align:bottom}
.mltrack-out .mltrack-table tbody th{font-weight:500}
.mltrack-out .mltrack-error{color:#d9453d;font-family:var(--mt-mono);font-size:.92em;
white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0}
.mltrack-out .mltrack-pairs tbody th{color:var(--mt-muted);font-weight:400;padding-left:0}
.mltrack-out .mltrack-pairs td{white-space:normal;overflow-wrap:anywhere}
.mltrack-out .mltrack-table .mltrack-number{text-align:right;font-variant-numeric:tabular-nums}
.mltrack-out .mltrack-table .mltrack-group{border-left:1px solid var(--mt-line)}
.mltrack-out .mltrack-table .mltrack-heading{border-bottom:0;padding-bottom:0;font-size:.78em;
letter-spacing:.06em;text-transform:uppercase}
.mltrack-out .mltrack-table tbody tr:has(.mltrack-heading):hover{background:none}
.mltrack-out .mltrack-table tbody .mltrack-heading{padding-top:9px}
.mltrack-out .mltrack-table .mltrack-best{font-weight:650;color:var(--mt-fg);
background:rgba(46,158,79,.16)}
.mltrack-out .mltrack-muted,.mltrack-out .mltrack-table .mltrack-muted{color:var(--mt-muted);
font-weight:400}
.mltrack-out .mltrack-id,.mltrack-out code{font-family:var(--mt-mono);font-size:.88em;
background:none;color:var(--mt-muted);font-weight:400;padding:0}
.mltrack-out .mltrack-line{color:var(--mt-muted);margin:2px 0}
.mltrack-out .mltrack-title{font-size:1.15em;font-weight:600;margin:2px 0}
.mltrack-out .mltrack-section{font-size:.78em;letter-spacing:.06em;text-transform:uppercase;
color:var(--mt-muted);margin:10px 0 -2px}
.mltrack-out .mltrack-columns{display:flex;flex-wrap:wrap;gap:0 36px;align-items:flex-start}
.mltrack-out .mltrack-dot{display:inline-block;width:8px;height:8px;border-radius:50%;
margin-right:7px;vertical-align:.06em}
.mltrack-out .mltrack-square{display:inline-block;width:9px;height:9px;border-radius:2px;
margin-right:6px}
.mltrack-out .mltrack-pill{display:inline-block;font-size:.75em;font-weight:600;color:#fff;
border-radius:9px;padding:0 8px;margin:0 8px;vertical-align:.1em;line-height:1.6}
.mltrack-out .mltrack-bad{color:var(--jp-error-color1,#d9453d)}
.mltrack-out .mltrack-note{border-left:3px solid var(--mt-line);padding:1px 10px;margin:6px 0;
white-space:pre-wrap}
.mltrack-out details{margin:4px 0}
.mltrack-out summary{cursor:pointer;color:var(--mt-muted)}
.mltrack-out pre.mltrack-code{font-family:var(--mt-mono);font-size:.9em;line-height:1.4;
margin:4px 0;padding:8px 10px;border:1px solid var(--mt-line);border-radius:4px;max-height:320px;
overflow:auto;white-space:pre;color:inherit;background:none}
.mltrack-out .mltrack-add{background:rgba(46,158,79,.18);display:block}
.mltrack-out .mltrack-del{background:rgba(217,69,61,.18);display:block}
.mltrack-out .mltrack-table td.mltrack-good{color:var(--jp-success-color1,#2e9e4f)}
.mltrack-out .mltrack-table td.mltrack-bad{color:var(--jp-error-color1,#d9453d)}
.mltrack-out .mltrack-cell{margin:8px 0}
.mltrack-out .mltrack-cell .mltrack-line{color:var(--mt-fg)}
.mltrack-out .mltrack-beside{display:flex;flex-wrap:wrap;gap:12px;margin:6px 0}
.mltrack-out .mltrack-beside figure{margin:0;flex:1 1 240px;max-width:420px}
.mltrack-out .mltrack-beside figcaption{color:var(--mt-muted);font-size:.88em}
.mltrack-out .mltrack-beside img{max-width:100%;height:auto;background:#fff;border-radius:3px}
.mltrack-out .mltrack-strip{display:flex;flex-wrap:wrap;gap:10px;margin:8px 0}
.mltrack-out .mltrack-strip figure{margin:0;flex:0 1 220px}
.mltrack-out .mltrack-strip figcaption{color:var(--mt-muted);font-size:.82em;overflow-wrap:anywhere}
.mltrack-out .mltrack-strip img{width:220px;max-width:100%;height:190px;object-fit:contain;
background:#fff;border:1px solid var(--mt-line);border-radius:3px;padding:3px;box-sizing:border-box}
body[data-jp-theme-light='false'] .mltrack-out .mltrack-strip img{border-color:#d0d0d0;
filter:invert(1) hue-rotate(180deg);mix-blend-mode:screen}
.mltrack-out img.mltrack-picture{max-width:100%;height:auto;background:none;margin:4px 0}
.mltrack-out svg.mltrack-spark{vertical-align:middle}
""".replace("\n", "")
