// What browsers have and jsdom lacks.
class Silent {
  observe() {}
  unobserve() {}
  disconnect() {}
}

Object.assign(globalThis, {
  matchMedia: () => ({ addEventListener() {}, removeEventListener() {} }),
  ResizeObserver: Silent,
  IntersectionObserver: Silent,
  DragEvent: MouseEvent
});
