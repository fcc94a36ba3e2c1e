/*
 * Holds a virtual function as a VM does, until it is killed:
 *   hold device|group ADDRESS [ARGUMENT...]
 * `device` opens the VFIO device, as QEMU does; `group` only the node of the IOMMU group. It prints the number of the
 * process that holds, and ends when that process does so; where it cannot, it says why and exits with 1. The arguments are
 * for those who read the process's command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int ensure(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "hold: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return result;
}

static int open_group(const char *address)
{
	char link[128], target[256], node[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group", address);
	length = ensure(readlink(link, target, sizeof(target) - 1), link);
	target[length] = '\0';
	snprintf(node, sizeof(node), "/dev/vfio%s", strrchr(target, '/'));
	return ensure(open(node, O_RDWR), node);
}

static void open_device(int group, const char *address)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int container = ensure(open("/dev/vfio/vfio", O_RDWR), "/dev/vfio/vfio");

	ensure(ioctl(group, VFIO_GROUP_GET_STATUS, &status), "VFIO_GROUP_GET_STATUS");
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		fprintf(stderr, "hold: the group is not viable\n");
		exit(1);
	}
	ensure(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "VFIO_GROUP_SET_CONTAINER");
	ensure(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), "VFIO_SET_IOMMU");
	ensure(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address), "VFIO_GROUP_GET_DEVICE_FD");
}

int main(int count, char **arguments)
{
	int is_device = count >= 3 && strcmp(arguments[1], "device") == 0;
	int group;
	pid_t holder;

	if (!is_device && (count < 3 || strcmp(arguments[1], "group") != 0)) {
		fprintf(stderr, "usage: hold device|group ADDRESS [ARGUMENT...]\n");
		return 2;
	}
	group = open_group(arguments[2]);
	if (is_device)
		open_device(group, arguments[2]);
	/* The child has the files, too; whoever reads the output waits for this process alone. */
	holder = ensure(fork(), "fork");
	if (holder > 0) {
		printf("%d\n", holder);
		return 0;
	}
	close(0);
	close(1);
	close(2);
	for (;;)
		pause();
}
