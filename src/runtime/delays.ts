/** The longest delay that Node's timers hold, 24.8 days. Given a longer one they fire after 1 ms, with a warning. */
export const delayMaxMS: number = 2 ** 31 - 1
