cd /tmp/h12-review/w; . ../try.sh
P=$MDEVCTL_ENV_ROOT/sys/bus/pci/devices
mkdir -p $D/0000:82:00.4; echo '{"mdev_type"' > $D/0000:82:00.4/$U
cat > s.yaml <<Y
version: 1
groups:
  - card: 0000:82:00.0
    devices: [{type: L40S-8Q, uuid: $U, vf: 0}, {type: L40S-8Q, vf: 2}]
Y
r plan s.yaml; r apply s.yaml; r plan s.yaml --prune
m undefine -u $U; r apply s.yaml
echo '### link'
mv $D/0000:82:00.4/$U w; ln -s $PWD/w $D/0000:82:00.4/$U; sed -i "s/L40S-8Q, uuid/L40S-8A, uuid/" s.yaml
r plan s.yaml; r apply s.yaml
echo '### foreign'
. ../try.sh
R=$(readlink -f $P/0000:82:00.4); rm -f $R/driver $MDEVCTL_ENV_ROOT/sys/bus/pci/drivers/nvidia/0000:82:00.4; ln -s ../../../../bus/pci/drivers/vfio-pci $R/driver; rm -rf $R/nvidia
r apply s.yaml; 
echo "### partial"
. ../try.sh
echo 4 > $P/0000:82:00.0/sriov_numvfs; for n in 4 5 6 7; do rm $P/0000:82:00.0/virtfn$n; done; rm -rf $P/0000:82:01.*; rm -f $MDEVCTL_ENV_ROOT/sys/bus/pci/drivers/nvidia/0000:82:01.*
mkdir -p $D/0000:82:01.1;  echo '{"mdev_type":"nvidia-1155","start":"auto","type_name":"NVIDIA L40S-8Q","attrs":[]}' > $D/0000:82:01.1/$U
sed -i "s/vf: 0/vf: 5/; s/8A/8Q/" s.yaml; r apply s.yaml
