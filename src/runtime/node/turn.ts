/** One real macrotask: when it has passed, every microtask that was due has run. The virtual Runtime's only real time. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}
