/** Routers before a replica set, and a load balancer before them: what makes a sharded cluster of it, with one shard. */
export { LoadBalancer } from './load_balancer.ts'
export { Router } from './router.ts'
export { Shard } from './shard.ts'
