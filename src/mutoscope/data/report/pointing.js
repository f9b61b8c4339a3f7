// Pointing in a clip: the cursor follows; dragging or a wheel zooms; arrows step.
ClipView.prototype.listen = function () {
  const { axis, clip } = this;
  let from = null;
  const timeAt = (event) => {
    const box = axis.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return this.view.start + share * (this.view.end - this.view.start);
  };
  const show = (a, b) => {
    const span = this.view.end - this.view.start;
    this.marked.style.visibility = "visible";
    this.marked.style.left = (100 * (Math.min(a, b) - this.view.start)) / span + "%";
    this.marked.style.width = (100 * Math.abs(a - b)) / span + "%";
  };
  axis.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = { x: event.clientX, time: timeAt(event), isFinger: event.pointerType === "touch" };
    if (!from.isFinger) axis.setPointerCapture(event.pointerId);
  });
  axis.addEventListener("pointermove", (event) => {
    this.point(timeAt(event));
    if (from && !from.isFinger && Math.abs(event.clientX - from.x) > 5) show(from.time, timeAt(event));
  });
  axis.addEventListener("pointerup", (event) => {
    if (!from) return;
    const to = timeAt(event);
    const isDrag = Math.abs(event.clientX - from.x) > 5;
    if (isDrag && !from.isFinger) this.zoom(Math.min(from.time, to), Math.max(from.time, to));
    else if (!isDrag) this.page.select(segmentAt(clip, to), { scroll: false, reveal: true, time: to });
    from = null;
    this.marked.style.visibility = "hidden";
  });
  axis.addEventListener("pointercancel", () => {
    from = null;
    this.marked.style.visibility = "hidden";
  });
  axis.addEventListener("pointerleave", () => {
    if (!from && document.activeElement !== axis) this.point(null);
  });
  axis.addEventListener("dblclick", () => this.zoom(0, clip.duration));
  axis.addEventListener("wheel", (event) => {
    const isZoom = event.ctrlKey || event.metaKey || event.altKey;
    const span = this.view.end - this.view.start;
    const along = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (isZoom) {
      event.preventDefault();
      const time = timeAt(event);
      const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY * 0.005)));
      this.zoom(time - (time - this.view.start) * factor, time + (this.view.end - time) * factor);
    } else if (Math.abs(along) > Math.abs(event.shiftKey ? 0 : event.deltaY) && span < clip.duration) {
      event.preventDefault();
      const step = (along / axis.clientWidth) * span;
      this.zoom(this.view.start + step, this.view.end + step);
    }
  }, { passive: false });
  axis.addEventListener("keydown", (event) => this.onKey(event));
  axis.addEventListener("blur", () => this.point(null));
};

ClipView.prototype.onKey = function (event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { clip } = this;
  const time = this.time === null ? this.view.start : this.time;
  const span = this.view.end - this.view.start;
  const step = event.shiftKey ? 1 : 1 / clip.fps;
  const last = Math.max(0, clip.duration - 1 / clip.fps);
  const moves = { ArrowLeft: time - step, ArrowRight: time + step, Home: 0, End: last };
  if (event.key in moves) {
    const to = Math.min(last, Math.max(0, moves[event.key]));
    if (to < this.view.start || to > this.view.end) this.zoom(to - span / 2, to + span / 2);
    this.point(to);
  } else if (event.key === "+" || event.key === "=") this.zoom(time - span / 4, time + span / 4);
  else if (event.key === "-") this.zoom(time - span, time + span);
  else if (event.key === "0") this.zoom(0, clip.duration);
  else return;
  event.preventDefault();
};
