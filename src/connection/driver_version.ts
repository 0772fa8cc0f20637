/** What the driver calls itself in handshakes. A test compares them with package.json. */
export const driverName = 'cenote'
export const driverVersion = '0.1.0'
