// Canvases: the heat strip and the curves of a clip, over the stretch of time that is looked at.
let ink = null;

/** Height of a curve and the room above it: on a narrow page its name stands there. */
function curveSize() {
  return matchMedia("(max-width: 600px)").matches ? { row: 52, above: 18 } : { row: 38, above: 4 };
}

/** Read the colours of the style sheet once for each scheme. */
function colours() {
  if (ink) return ink;
  const style = getComputedStyle(document.documentElement);
  const names = ["keep", "unsure", "reject", "on", "ink", "dim", "line", "curve", "limit", "stripe", "shade", "panel", "accent"];
  ink = Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--" + name).trim()]));
  ink.font = style.fontFamily;
  return ink;
}

/** Fit a canvas to its place and the screen's pixels; give its context and size in CSS px. */
function fitted(canvas, height) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  canvas.style.height = height + "px";
  const size = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

function drawStrip(canvas, clip, view, current) {
  const { context: c, width, height } = fitted(canvas, 24);
  const paint = colours();
  const x = (time) => ((time - view.start) / (view.end - view.start)) * width;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.font = "600 11px " + paint.font;
  for (const segment of clip.segments) {
    const left = x(segment.start_s);
    const wide = Math.max(1, x(segment.end_s) - left);
    if (left > width || left + wide < 0) continue;
    c.fillStyle = paint[segment.verdict];
    c.fillRect(left, 0, wide, height - 5);
    if (segment.verdict === "unsure") hatch(c, left, wide, height - 5, paint.on);
    // Below: what counts now, a person's word before the machine's.
    c.fillStyle = paint[verdictOf(segment)];
    if (decided(segment)) c.fillRect(left, height - 4, wide, 4);
    else c.fillRect(left, height - 4, wide, 1);
    if (segment.fault && wide > 11) {
      c.fillStyle = paint.on;
      const shown = (Math.max(0, left) + Math.min(width, left + wide)) / 2;
      c.fillText(data.faults[segment.fault] || "?", shown, (height - 5) / 2 + 0.5);
    }
    c.fillStyle = paint.panel;
    if (segment.number) c.fillRect(left - 0.5, 0, 1, height - 5);
    if (segment === current) {
      c.strokeStyle = paint.ink;
      c.lineWidth = 2;
      c.strokeRect(left + 1, 1, Math.max(1, wide - 2), height - 7);
    }
  }
}

/** Unsure is striped, so that it is told from the others without colours. */
function hatch(c, left, wide, height, colour) {
  c.save();
  c.beginPath();
  c.rect(left, 0, wide, height);
  c.clip();
  c.globalAlpha = 0.22;
  c.strokeStyle = colour;
  c.lineWidth = 2;
  c.beginPath();
  for (let x = Math.floor(left / 7) * 7 - height; x < left + wide; x += 7) {
    c.moveTo(x, height);
    c.lineTo(x + height, 0);
  }
  c.stroke();
  c.restore();
}

function drawCurves(canvas, clip, shown, view) {
  const { row: tall, above } = curveSize();
  const { context: c, width } = fitted(canvas, Math.max(1, shown.length * tall));
  const paint = colours();
  const { seconds, values } = curvesOf(clip);
  const x = (time) => ((time - view.start) / (view.end - view.start)) * width;
  for (const segment of clip.segments) {
    if (verdictOf(segment) !== "reject") continue;
    c.fillStyle = paint.shade;
    c.fillRect(x(segment.start_s), 0, x(segment.end_s) - x(segment.start_s), shown.length * tall);
  }
  const first = Math.max(0, pointAt(seconds, view.start) - 1);
  const last = Math.min(seconds.length - 1, pointAt(seconds, view.end) + 1);
  shown.forEach((meter, row) => {
    const { least, most, at } = values[meter.name];
    const bottom = (row + 1) * tall - 4;
    const y = (value) => bottom - ((value - least) / (most - least)) * (tall - above - 4);
    c.fillStyle = paint.line;
    c.fillRect(0, (row + 1) * tall - 0.5, width, 0.5);
    drawLimits(c, meter, y, [least, most], width, paint);
    c.strokeStyle = paint.curve;
    c.lineWidth = 1.25;
    c.lineJoin = "round";
    c.beginPath();
    let isDown = false;
    for (let i = first; i <= last; i++) {
      if (Number.isNaN(at[i])) {
        isDown = false;
        continue;
      }
      const right = i + 1 < seconds.length ? seconds[i + 1] : clip.duration;
      if (isDown) c.lineTo(x(seconds[i]), y(at[i]));
      else c.moveTo(x(seconds[i]), y(at[i]));
      // A point that stands alone is drawn as long as it lasts.
      if (!isDown && (i === last || Number.isNaN(at[i + 1]))) c.lineTo(x(right), y(at[i]));
      isDown = true;
    }
    c.stroke();
  });
}

function drawLimits(c, meter, y, [least, most], width, paint) {
  c.strokeStyle = paint.limit;
  c.lineWidth = 1;
  c.globalAlpha = 0.75;
  c.setLineDash([3, 4]);
  for (const limit of meter.limits) {
    if (limit < least || limit > most) continue;
    c.beginPath();
    c.moveTo(0, Math.round(y(limit)) + 0.5);
    c.lineTo(width, Math.round(y(limit)) + 0.5);
    c.stroke();
  }
  c.setLineDash([]);
  c.globalAlpha = 1;
}
