import { getContainerRuntimeClient } from 'testcontainers'

/** Removes the Docker containers that carry `label`, running or not, with their volumes. */
export async function removeContainers(label: string): Promise<void> {
  const { dockerode } = (await getContainerRuntimeClient()).container
  const found = await dockerode.listContainers({ all: true, filters: { label: [label] } })
  await Promise.allSettled(found.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })))
}
