namespace Bailiwick.Edge.Mqtt;

/// <summary>CONNECT. Its spans point into the packet.</summary>
internal ref struct ConnectPacket
{
    private const byte ReservedFlag = 0x01;
    private const byte CleanSessionFlag = 0x02;
    private const byte WillFlag = 0x04;
    private const byte WillDetailFlags = 0x38;
    private const byte WillRetainFlag = 0x20;
    private const byte PasswordFlag = 0x40;
    private const byte UserFlag = 0x80;

    public ProtocolLevel Level { get; private set; }
    public bool CleanSession { get; private set; }

    /// <summary>Seconds; 0 switches keep-alive off.</summary>
    public ushort KeepAliveSeconds { get; private set; }

    /// <summary>May be empty: whether that is acceptable is not the packet's business.</summary>
    public ReadOnlySpan<byte> ClientId { get; private set; }

    public bool HasWill { get; private set; }
    public ReadOnlySpan<byte> WillTopic { get; private set; }
    public ReadOnlySpan<byte> WillPayload { get; private set; }
    public Qos WillQos { get; private set; }
    public bool WillRetain { get; private set; }

    public bool HasUser { get; private set; }
    public ReadOnlySpan<byte> User { get; private set; }

    /// <summary>True also for an empty password, which the interface answers differently from a wrong one.</summary>
    public bool HasPassword { get; private set; }

    /// <summary>Any bytes, not necessarily text.</summary>
    public ReadOnlySpan<byte> Password { get; private set; }

    public static PacketError Read(Packet packet, out ConnectPacket connect)
    {
        connect = default;
        var fields = new PacketFields(packet.Body);
        var name = fields.Text();
        var level = fields.Byte();
        if (fields.Error != PacketError.None) return fields.Error;

        // Judged before anything else is read: what follows has another layout in other versions.
        var isMqtt = name.SequenceEqual("MQTT"u8);
        if (!isMqtt && !name.SequenceEqual("MQIsdp"u8)) return PacketError.UnknownProtocolName;
        connect.Level = isMqtt ? ProtocolLevel.V311 : ProtocolLevel.V310;
        if (level != (byte)connect.Level) return PacketError.UnsupportedProtocolLevel;

        var flags = fields.Byte();
        CheckFlags(ref fields, flags, connect.Level);
        connect.CleanSession = (flags & CleanSessionFlag) != 0;
        connect.KeepAliveSeconds = fields.UInt16();
        connect.ClientId = fields.Text();
        if ((flags & WillFlag) != 0)
        {
            connect.HasWill = true;
            connect.WillTopic = fields.Topic();
            connect.WillPayload = fields.Binary();
            connect.WillQos = (Qos)((flags >> 3) & 0x03);
            connect.WillRetain = (flags & WillRetainFlag) != 0;
        }
        if ((flags & UserFlag) != 0)
        {
            connect.HasUser = true;
            connect.User = fields.Text();
        }
        if ((flags & PasswordFlag) != 0)
        {
            connect.HasPassword = true;
            connect.Password = fields.Binary();
        }
        fields.End();
        return fields.Error;
    }

    private static void CheckFlags(ref PacketFields fields, byte flags, ProtocolLevel level)
    {
        // 3.1 calls the lowest bit unused, 3.1.1 demands that it be zero.
        if ((flags & ReservedFlag) != 0 && level == ProtocolLevel.V311) fields.Fail(PacketError.ReservedConnectFlags);
        if ((flags & WillFlag) == 0 && (flags & WillDetailFlags) != 0) fields.Fail(PacketError.WillFlagsWithoutWill);
        if (((flags >> 3) & 0x03) == 0x03) fields.Fail(PacketError.InvalidQos);
        if ((flags & PasswordFlag) != 0 && (flags & UserFlag) == 0) fields.Fail(PacketError.PasswordWithoutUser);
    }
}

/// <summary>PUBLISH. Its spans point into the packet.</summary>
internal ref struct PublishPacket
{
    public ReadOnlySpan<byte> Topic { get; private set; }

    /// <summary>0 for QoS 0, which has none.</summary>
    public ushort PacketId { get; private set; }

    public Qos Qos { get; private set; }

    /// <summary>Tolerated on QoS 0 too, where 3.1 allowed it: it changes nothing there.</summary>
    public bool IsDuplicate { get; private set; }

    /// <summary>The interface accepts the flag and keeps nothing.</summary>
    public bool Retain { get; private set; }

    public ReadOnlySpan<byte> Payload { get; private set; }

    public static PacketError Read(Packet packet, out PublishPacket publish)
    {
        publish = default;
        var fields = new PacketFields(packet.Body);
        publish.Qos = (Qos)((packet.Flags >> 1) & 0x03);
        publish.IsDuplicate = (packet.Flags & 0x08) != 0;
        publish.Retain = (packet.Flags & 0x01) != 0;
        publish.Topic = fields.Topic();
        if (publish.Qos != Qos.AtMostOnce) publish.PacketId = fields.PacketId();
        publish.Payload = fields.Rest();
        return fields.Error;
    }
}

/// <summary>The packets that hold a packet id (PUBACK, PUBREC, PUBREL, PUBCOMP) or nothing at all (PINGREQ, DISCONNECT).</summary>
internal static class SimplePacket
{
    public static PacketError ReadId(Packet packet, out ushort packetId)
    {
        var fields = new PacketFields(packet.Body);
        packetId = fields.PacketId();
        fields.End();
        return fields.Error;
    }

    public static PacketError ReadNothing(Packet packet) => packet.Body.IsEmpty ? PacketError.None : PacketError.TrailingBytes;
}

/// <summary>SUBSCRIBE or UNSUBSCRIBE. All filters are checked by <see cref="Read"/>; walk them with <c>foreach</c>.</summary>
internal ref struct FilterPacket
{
    private ReadOnlySpan<byte> _filters;
    private bool _haveQos;

    public ushort PacketId { get; private set; }

    /// <summary>At least 1; bounded by the size of the packet.</summary>
    public int Count { get; private set; }

    public static PacketError Read(Packet packet, out FilterPacket result)
    {
        result = default;
        var fields = new PacketFields(packet.Body);
        result._haveQos = packet.Type == PacketType.Subscribe;
        result.PacketId = fields.PacketId();
        if (fields.Error != PacketError.None) return fields.Error;

        result._filters = packet.Body[sizeof(ushort)..];
        if (fields.IsAtEnd) return PacketError.NoFilters;
        while (!fields.IsAtEnd && fields.Error == PacketError.None)
        {
            fields.Filter();
            // The upper six bits are reserved, so that one comparison checks them too.
            if (result._haveQos && fields.Byte() > (byte)Qos.ExactlyOnce) fields.Fail(PacketError.InvalidQos);
            result.Count++;
        }
        return fields.Error;
    }

    public readonly Enumerator GetEnumerator() => new(_filters, _haveQos);

    /// <summary>One filter and, in SUBSCRIBE, the highest QoS that the client wants on it.</summary>
    internal readonly ref struct Asked(ReadOnlySpan<byte> filter, Qos qos)
    {
        public ReadOnlySpan<byte> Filter { get; } = filter;
        public Qos Qos { get; } = qos;
    }

    internal ref struct Enumerator(ReadOnlySpan<byte> filters, bool haveQos)
    {
        private PacketFields _fields = new(filters);

        public Asked Current { get; private set; }

        public bool MoveNext()
        {
            if (_fields.IsAtEnd) return false;
            var filter = _fields.Binary();
            Current = new Asked(filter, haveQos ? (Qos)_fields.Byte() : Qos.AtMostOnce);
            return true;
        }
    }
}
