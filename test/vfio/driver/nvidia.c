// SPDX-License-Identifier: GPL-2.0-only
/*
 * Acts as NVIDIA's vGPU driver on Linux 6.8 and newer: makes the virtual functions of an SR-IOV function vGPUs, each of the
 * type whose number is written into a file of it, and gives them to VMs by way of VFIO. What it drives are QEMU's nvme
 * controllers, which it renames; nothing of them is used but that they have virtual functions and memory to map.
 *
 * It imitates what people have seen of NVIDIA's driver. Where nothing is known, the behaviour is a guess and marked as one.
 *
 * The directory of a card, /proc/driver/nvidia/gpus/ADDRESS, has files that NVIDIA's driver does not have: knobs, with
 * which a test says what happens next. A card keeps them when the driver is unbound from it, but not when the module goes.
 */
#define pr_fmt(fmt) "NVRM: " fmt

#include <linux/delay.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/vfio_pci_core.h>
#include <linux/workqueue.h>

#define QEMU_VENDOR 0x1b36
#define QEMU_NVME 0x0010

/* Sizes are in GB. */
struct vgpu_type {
	unsigned int id;
	unsigned int size;
	const char *name;
};

struct model {
	const char *name;
	unsigned short device;
	unsigned int memory;
	const struct vgpu_type *types;
};

/* The ids are in the order of NVIDIA's; only 1145, 1147 and 1155 are known to be true. */
static const struct vgpu_type l40s_types[] = {
	{ 1145, 1, "NVIDIA L40S-1B" },
	{ 1146, 2, "NVIDIA L40S-2B" },
	{ 1147, 1, "NVIDIA L40S-1Q" },
	{ 1149, 2, "NVIDIA L40S-2Q" },
	{ 1151, 3, "NVIDIA L40S-3Q" },
	{ 1153, 4, "NVIDIA L40S-4Q" },
	{ 1154, 6, "NVIDIA L40S-6Q" },
	{ 1155, 8, "NVIDIA L40S-8Q" },
	{ 1156, 12, "NVIDIA L40S-12Q" },
	{ 1157, 16, "NVIDIA L40S-16Q" },
	{ 1158, 24, "NVIDIA L40S-24Q" },
	{ 1160, 48, "NVIDIA L40S-48Q" },
	{ 1167, 8, "NVIDIA L40S-8A" },
	{ 1170, 24, "NVIDIA L40S-24A" },
	{ 1172, 48, "NVIDIA L40S-48A" },
	{}
};

/* Newer names have spaces. */
static const struct vgpu_type blackwell_types[] = {
	{ 1519, 3, "NVIDIA RTX Pro 4500 Blackwell DC-3Q" },
	{ 1520, 3, "NVIDIA RTX Pro 4500 Blackwell DC-3A" },
	{ 1523, 6, "NVIDIA RTX Pro 4500 Blackwell DC-6Q" },
	{ 1526, 12, "NVIDIA RTX Pro 4500 Blackwell DC-12Q" },
	{ 1529, 24, "NVIDIA RTX Pro 4500 Blackwell DC-24Q" },
	{}
};

static const struct model models[] = {
	{ "NVIDIA L40S", 0x26b9, 48, l40s_types },
	{ "NVIDIA RTX Pro 4500 Blackwell DC", 0x2c3a, 24, blackwell_types },
};

struct card {
	const struct model *model;
	/* Where the card is; 0 before the driver has seen it. It keeps its place in cards[] when the driver is unbound. */
	unsigned int address;
	struct pci_dev *pdev;
	struct proc_dir_entry *directory;

	/* All that is known of vGPUs, those of the card's VFs too, so that writers at the same time do not overfill it. */
	struct mutex lock;
	struct list_head vfs;

	/* Making and removing VFs. Not the lock above, which a VF takes when it comes and goes. */
	struct mutex sriov_lock;
	int num_vfs;

	int unbind_lock;
	int mixed_sizes; /* vGPUs of different sizes are allowed */
	int late_ms; /* a VF gets its files so long after it has come */
	int without_files; /* the number of a VF that never gets them, or -1 */
	int refuse; /* so many writes of a type fail although there is room */
	int refuse_after; /* only after so many that have success */
	int ignore; /* so many writes of a type succeed and do nothing */
	int slow_ms; /* each write of a type takes so long */
	int busy; /* so many writes to unbindLock have no success */
};

struct vf {
	struct vfio_pci_core_device core; /* VFIO wants it to be the first */
	struct card *card;
	struct list_head of_card;
	struct delayed_work add_files;
	bool has_files;
	bool is_open;

	const struct vgpu_type *type; /* NULL: no vGPU */
	unsigned int place; /* its memory begins there */
	unsigned int instance;
	char params[256];
};

static struct card cards[ARRAY_SIZE(models)];
static struct proc_dir_entry *nvidia_directory, *gpus_directory;
static struct pci_driver nvidia_driver;

/* The vGPUs of a card. */

static bool is_place_free(struct vf *vf, unsigned int place, unsigned int size)
{
	struct vf *other;

	list_for_each_entry(other, &vf->card->vfs, of_card)
		if (other != vf && other->type && place < other->place + other->type->size && other->place < place + size)
			return false;
	return true;
}

/* A guess: a vGPU begins at a multiple of its size. */
static int find_place(struct vf *vf, unsigned int size)
{
	unsigned int place;

	for (place = 0; place + size <= vf->card->model->memory; place += size)
		if (is_place_free(vf, place, size))
			return place;
	return -1;
}

static bool is_creatable(struct vf *vf, const struct vgpu_type *type)
{
	struct vf *other;

	if (vf->type)
		return false;
	if (!vf->card->mixed_sizes)
		list_for_each_entry(other, &vf->card->vfs, of_card)
			if (other->type && other->type->size != type->size)
				return false;
	return find_place(vf, type->size) >= 0;
}

static const struct vgpu_type *find_type(struct card *card, unsigned int id)
{
	const struct vgpu_type *type;

	for (type = card->model->types; type->id; type++)
		if (type->id == id)
			return type;
	return NULL;
}

static int create_vgpu(struct vf *vf, unsigned int id)
{
	struct card *card = vf->card;
	const struct vgpu_type *type = find_type(card, id);
	bool refuse;

	if (card->ignore > 0) {
		card->ignore--;
		return 0;
	}
	/* A guess: a vGPU that is there stays there. */
	refuse = card->refuse > 0 && card->refuse_after <= 0;
	if (!type || !is_creatable(vf, type) || refuse) {
		if (refuse)
			card->refuse--;
		pr_err("Failed to add vgpu create request: 0x38\n");
		return -EIO;
	}
	vf->place = find_place(vf, type->size);
	vf->instance = 0;
	vf->params[0] = '\0';
	vf->type = type;
	if (card->refuse_after > 0)
		card->refuse_after--;
	return 0;
}

static int destroy_vgpu(struct vf *vf)
{
	if (vf->is_open)
		return -EPERM;
	vf->type = NULL;
	return 0;
}

/* The files of a VF, in nvidia/. */

static struct vf *lock_vf(struct device *dev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(dev);
	struct vf *vf = container_of(core, struct vf, core);

	mutex_lock(&vf->card->lock);
	return vf;
}

static void unlock_vf(struct vf *vf)
{
	mutex_unlock(&vf->card->lock);
}

static ssize_t creatable_vgpu_types_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vf *vf = lock_vf(dev);
	const struct vgpu_type *type;
	int length = sysfs_emit(buf, "ID    : vGPU Name\n");

	for (type = vf->card->model->types; type->id; type++)
		if (is_creatable(vf, type))
			length += sysfs_emit_at(buf, length, "%-5u : %s\n", type->id, type->name);
	unlock_vf(vf);
	return length;
}
static DEVICE_ATTR_RO(creatable_vgpu_types);

static ssize_t current_vgpu_type_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vf *vf = lock_vf(dev);
	ssize_t length = sysfs_emit(buf, "%u\n", vf->type ? vf->type->id : 0);

	unlock_vf(vf);
	return length;
}

static ssize_t current_vgpu_type_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct vf *vf;
	unsigned int id;
	int error = kstrtouint(buf, 10, &id);

	if (error)
		return error;
	vf = lock_vf(dev);
	if (vf->card->slow_ms > 0)
		msleep(vf->card->slow_ms);
	error = id ? create_vgpu(vf, id) : destroy_vgpu(vf);
	unlock_vf(vf);
	return error ?: count;
}
static DEVICE_ATTR_RW(current_vgpu_type);

static ssize_t show_number(struct device *dev, char *buf, size_t offset)
{
	struct vf *vf = lock_vf(dev);
	ssize_t length = vf->type ? sysfs_emit(buf, "%u\n", *(unsigned int *)((void *)vf + offset)) : -ENXIO;

	unlock_vf(vf);
	return length;
}

static ssize_t placement_id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_number(dev, buf, offsetof(struct vf, place));
}

/* A guess: which places are possible, and that a VM must not have the vGPU. */
static int move_vgpu(struct vf *vf, unsigned int place)
{
	if (!vf->type)
		return -ENXIO;
	if (vf->is_open)
		return -EPERM;
	if (place % vf->type->size || place + vf->type->size > vf->card->model->memory ||
	    !is_place_free(vf, place, vf->type->size))
		return -EINVAL;
	vf->place = place;
	return 0;
}

static ssize_t placement_id_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct vf *vf;
	unsigned int place;
	int error = kstrtouint(buf, 10, &place);

	if (error)
		return error;
	vf = lock_vf(dev);
	error = move_vgpu(vf, place);
	unlock_vf(vf);
	return error ?: count;
}
static DEVICE_ATTR_RW(placement_id);

static ssize_t gpu_instance_id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_number(dev, buf, offsetof(struct vf, instance));
}

/* A guess: a card without MIG takes any number. */
static ssize_t gpu_instance_id_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct vf *vf;
	unsigned int instance;
	int error = kstrtouint(buf, 10, &instance);

	if (error)
		return error;
	vf = lock_vf(dev);
	if (vf->type)
		vf->instance = instance;
	else
		error = -ENXIO;
	unlock_vf(vf);
	return error ?: count;
}
static DEVICE_ATTR_RW(gpu_instance_id);

static ssize_t vgpu_params_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vf *vf = lock_vf(dev);
	ssize_t length = vf->type ? sysfs_emit(buf, "%s\n", vf->params) : -ENXIO;

	unlock_vf(vf);
	return length;
}

/* Whether the text is empty, or key=value[,key=value...]. */
static bool are_params(const char *text)
{
	const char *sign;

	if (!*text)
		return true;
	for (;;) {
		sign = strpbrk(text, "=,");
		if (!sign || *sign != '=' || sign == text)
			return false;
		text = strchr(sign, ',');
		if (!text)
			return true;
		text++;
	}
}

/* A guess: what is refused, and that a VM may have the vGPU, whose next start it is for. */
static ssize_t vgpu_params_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	struct vf *vf;
	char params[sizeof(vf->params)];
	char *stripped;
	int error = 0;

	if (strscpy(params, buf, sizeof(params)) < 0)
		return -EINVAL;
	stripped = strim(params);
	if (!are_params(stripped))
		return -EINVAL;
	vf = lock_vf(dev);
	if (vf->type)
		strscpy(vf->params, stripped, sizeof(vf->params));
	else
		error = -ENXIO;
	unlock_vf(vf);
	return error ?: count;
}
static DEVICE_ATTR_RW(vgpu_params);

static ssize_t warm_update_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0\n");
}

/* A guess; nothing is known of what it is for. */
static ssize_t warm_update_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	return -EOPNOTSUPP;
}
static DEVICE_ATTR_RW(warm_update);

static struct attribute *vf_attributes[] = {
	&dev_attr_creatable_vgpu_types.attr,
	&dev_attr_current_vgpu_type.attr,
	&dev_attr_gpu_instance_id.attr,
	&dev_attr_placement_id.attr,
	&dev_attr_vgpu_params.attr,
	&dev_attr_warm_update.attr,
	NULL
};

static const struct attribute_group vf_files = {
	.name = "nvidia",
	.attrs = vf_attributes,
};

static void add_files(struct work_struct *work)
{
	struct vf *vf = container_of(to_delayed_work(work), struct vf, add_files);

	vf->has_files = !sysfs_create_group(&vf->core.pdev->dev.kobj, &vf_files);
}

/* A VF as a VM sees it. */

/* A guess: there is nothing to open without a vGPU. */
static int open_vf(struct vfio_device *vdev)
{
	struct vf *vf = container_of(vdev, struct vf, core.vdev);
	int error;

	mutex_lock(&vf->card->lock);
	vf->is_open = vf->type;
	mutex_unlock(&vf->card->lock);
	if (!vf->is_open)
		return -ENODEV;

	error = vfio_pci_core_enable(&vf->core);
	if (error) {
		mutex_lock(&vf->card->lock);
		vf->is_open = false;
		mutex_unlock(&vf->card->lock);
		return error;
	}
	vfio_pci_core_finish_enable(&vf->core);
	return 0;
}

static void close_vf(struct vfio_device *vdev)
{
	struct vf *vf = container_of(vdev, struct vf, core.vdev);

	vfio_pci_core_close_device(vdev);
	mutex_lock(&vf->card->lock);
	vf->is_open = false;
	mutex_unlock(&vf->card->lock);
}

static const struct vfio_device_ops vf_ops = {
	.name = "nvidia-vgpu-vfio",
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.open_device = open_vf,
	.close_device = close_vf,
	.ioctl = vfio_pci_core_ioctl,
	.device_feature = vfio_pci_core_ioctl_feature,
	.read = vfio_pci_core_read,
	.write = vfio_pci_core_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

/* What the kernel, and all that read sysfs, take the function for. */
static void rename_function(struct pci_dev *pdev, const struct model *model)
{
	pdev->vendor = PCI_VENDOR_ID_NVIDIA;
	pdev->device = model->device;
	pdev->class = PCI_CLASS_DISPLAY_3D << 8;
}

static int probe_vf(struct pci_dev *pdev)
{
	struct card *card;
	struct vf *vf;
	int error;

	if (pci_dev_driver(pci_physfn(pdev)) != &nvidia_driver)
		return -ENODEV;
	card = pci_get_drvdata(pci_physfn(pdev));
	rename_function(pdev, card->model);

	vf = vfio_alloc_device(vf, core.vdev, &pdev->dev, &vf_ops);
	if (IS_ERR(vf))
		return PTR_ERR(vf);
	vf->card = card;
	INIT_DELAYED_WORK(&vf->add_files, add_files);
	dev_set_drvdata(&pdev->dev, &vf->core);
	error = vfio_pci_core_register_device(&vf->core);
	if (error) {
		vfio_put_device(&vf->core.vdev);
		return error;
	}

	mutex_lock(&card->lock);
	list_add_tail(&vf->of_card, &card->vfs);
	mutex_unlock(&card->lock);
	if (pci_iov_vf_id(pdev) != card->without_files)
		schedule_delayed_work(&vf->add_files, msecs_to_jiffies(max(card->late_ms, 0)));
	return 0;
}

static void remove_vf(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);
	struct vf *vf = container_of(core, struct vf, core);

	cancel_delayed_work_sync(&vf->add_files);
	if (vf->has_files)
		sysfs_remove_group(&pdev->dev.kobj, &vf_files);
	/* Waits until no VM has it open. */
	vfio_pci_core_unregister_device(core);
	mutex_lock(&vf->card->lock);
	list_del(&vf->of_card);
	mutex_unlock(&vf->card->lock);
	vfio_put_device(&core->vdev);
}

/* A card, and its directory in /proc. */

static bool has_open_vf(struct card *card)
{
	struct vf *vf;
	bool found = false;

	mutex_lock(&card->lock);
	list_for_each_entry(vf, &card->vfs, of_card)
		found |= vf->is_open;
	mutex_unlock(&card->lock);
	return found;
}

static int show_knob(struct seq_file *file, void *data)
{
	seq_printf(file, "%d\n", *(int *)file->private);
	return 0;
}

static int open_knob(struct inode *inode, struct file *file)
{
	return single_open(file, show_knob, pde_data(inode));
}

static ssize_t write_knob(struct file *file, const char __user *buf, size_t count, loff_t *offset)
{
	int error = kstrtoint_from_user(buf, count, 10, pde_data(file_inode(file)));

	return error ?: count;
}

/* As with NVIDIA's driver: reading tells whether the write had success. */
static ssize_t write_unbind_lock(struct file *file, const char __user *buf, size_t count, loff_t *offset)
{
	struct card *card = container_of(pde_data(file_inode(file)), struct card, unbind_lock);
	int wanted;
	int error = kstrtoint_from_user(buf, count, 10, &wanted);

	if (error)
		return error;
	mutex_lock(&card->sriov_lock);
	if (wanted && card->busy > 0) {
		card->busy--;
		wanted = 0;
	}
	card->unbind_lock = wanted && !has_open_vf(card);
	mutex_unlock(&card->sriov_lock);
	return count;
}

/* For sriov-manage only; sriov_numvfs does not work with NVIDIA's driver. */
static ssize_t write_num_vfs(struct file *file, const char __user *buf, size_t count, loff_t *offset)
{
	struct card *card = container_of(pde_data(file_inode(file)), struct card, num_vfs);
	int wanted;
	int error = kstrtoint_from_user(buf, count, 10, &wanted);

	if (error)
		return error;
	mutex_lock(&card->sriov_lock);
	if (has_open_vf(card)) {
		error = -EBUSY;
	} else if (wanted == 0) {
		pci_disable_sriov(card->pdev);
		card->num_vfs = 0;
	} else {
		error = pci_enable_sriov(card->pdev, wanted);
		card->num_vfs = pci_num_vf(card->pdev);
	}
	mutex_unlock(&card->sriov_lock);
	return error ?: count;
}

#define KNOB_OPS(write)                     \
	{                                   \
		.proc_open = open_knob,     \
		.proc_read = seq_read,      \
		.proc_write = write,        \
		.proc_lseek = seq_lseek,    \
		.proc_release = single_release, \
	}
static const struct proc_ops knob_ops = KNOB_OPS(write_knob);
static const struct proc_ops unbind_lock_ops = KNOB_OPS(write_unbind_lock);
static const struct proc_ops num_vfs_ops = KNOB_OPS(write_num_vfs);

static int show_information(struct seq_file *file, void *data)
{
	struct card *card = file->private;

	seq_printf(file, "Model: \t\t %s\n", card->model->name);
	return 0;
}

/* For nvidia-smi, which asks NVIDIA's driver by other ways. */
static int show_types(struct seq_file *file, void *data)
{
	struct card *card = file->private;
	const struct vgpu_type *type;

	for (type = card->model->types; type->id; type++)
		seq_printf(file, "%u %u %s\n", type->id, type->size, type->name);
	return 0;
}

static void add_directory(struct card *card)
{
	struct proc_dir_entry *directory = proc_mkdir(pci_name(card->pdev), gpus_directory);

	proc_create_single_data("information", 0444, directory, show_information, card);
	proc_create_single_data("types", 0444, directory, show_types, card);
	proc_create_data("unbindLock", 0644, directory, &unbind_lock_ops, &card->unbind_lock);
	proc_create_data("num_vfs", 0644, directory, &num_vfs_ops, &card->num_vfs);
	proc_create_data("mixed_sizes", 0644, directory, &knob_ops, &card->mixed_sizes);
	proc_create_data("late_ms", 0644, directory, &knob_ops, &card->late_ms);
	proc_create_data("without_files", 0644, directory, &knob_ops, &card->without_files);
	proc_create_data("refuse", 0644, directory, &knob_ops, &card->refuse);
	proc_create_data("refuse_after", 0644, directory, &knob_ops, &card->refuse_after);
	proc_create_data("ignore", 0644, directory, &knob_ops, &card->ignore);
	proc_create_data("slow_ms", 0644, directory, &knob_ops, &card->slow_ms);
	proc_create_data("busy", 0644, directory, &knob_ops, &card->busy);
	card->directory = directory;
}

/* Cards are given models in the order in which the kernel finds them. */
static struct card *find_card(struct pci_dev *pdev)
{
	unsigned int address = pci_domain_nr(pdev->bus) << 16 | pci_dev_id(pdev);
	int i;

	for (i = 0; i < ARRAY_SIZE(cards); i++) {
		if (!cards[i].address)
			cards[i].address = address;
		if (cards[i].address == address)
			return &cards[i];
	}
	return NULL;
}

static int probe_card(struct pci_dev *pdev)
{
	struct card *card = find_card(pdev);
	int error;

	if (!card)
		return -ENODEV;
	error = pci_enable_device(pdev);
	if (error)
		return error;
	rename_function(pdev, card->model);
	pci_set_drvdata(pdev, card);
	card->pdev = pdev;
	card->num_vfs = 0;
	card->unbind_lock = 0;
	card->mixed_sizes = 0;
	add_directory(card);
	return 0;
}

static void remove_card(struct pci_dev *pdev)
{
	struct card *card = pci_get_drvdata(pdev);

	/* Waits for those that write to its files. */
	proc_remove(card->directory);
	pci_disable_sriov(pdev);
	pci_disable_device(pdev);
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return pdev->is_virtfn ? probe_vf(pdev) : probe_card(pdev);
}

static void remove(struct pci_dev *pdev)
{
	if (pdev->is_virtfn)
		remove_vf(pdev);
	else
		remove_card(pdev);
}

/* VFs have the vendor of their card, and a card has what it was renamed to when the module was there before. */
static const struct pci_device_id nvidia_ids[] = {
	{ PCI_DEVICE(QEMU_VENDOR, QEMU_NVME) },
	{ PCI_DEVICE(PCI_VENDOR_ID_NVIDIA, PCI_ANY_ID) },
	{}
};
MODULE_DEVICE_TABLE(pci, nvidia_ids);

/* Without sriov_configure: the kernel refuses writes to sriov_numvfs. */
static struct pci_driver nvidia_driver = {
	.name = "nvidia",
	.id_table = nvidia_ids,
	.probe = probe,
	.remove = remove,
	.driver_managed_dma = true,
};

static int __init nvidia_init(void)
{
	int i, error;

	for (i = 0; i < ARRAY_SIZE(cards); i++) {
		cards[i].model = &models[i];
		mutex_init(&cards[i].lock);
		mutex_init(&cards[i].sriov_lock);
		INIT_LIST_HEAD(&cards[i].vfs);
		cards[i].late_ms = 100;
		cards[i].without_files = -1;
	}
	nvidia_directory = proc_mkdir("driver/nvidia", NULL);
	gpus_directory = proc_mkdir("gpus", nvidia_directory);
	error = pci_register_driver(&nvidia_driver);
	if (error)
		proc_remove(nvidia_directory);
	return error;
}
module_init(nvidia_init);

static void __exit nvidia_exit(void)
{
	pci_unregister_driver(&nvidia_driver);
	proc_remove(nvidia_directory);
}
module_exit(nvidia_exit);

MODULE_DESCRIPTION("Acts as NVIDIA's vGPU driver");
MODULE_LICENSE("GPL");
