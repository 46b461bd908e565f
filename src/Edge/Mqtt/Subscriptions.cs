namespace Bailiwick.Edge.Mqtt;

/// <summary>What one client subscribed to, and with which QoS: a word for each connection, of which there may be very many.</summary>
internal struct Subscriptions
{
    // Four bits a kind, of which there are fewer than sixteen: 0 for none, else the QoS and one.
    private const int Bits = 4;
    private ulong _kinds;

    public readonly bool HasAny(params ReadOnlySpan<SubscribeKind> kinds)
    {
        foreach (var kind in kinds)
            if (TryGet(kind, out _))
                return true;
        return false;
    }

    public readonly bool TryGet(SubscribeKind kind, out Qos qos)
    {
        var held = (int)(_kinds >> ((int)kind * Bits)) & 0xF;
        qos = held == 0 ? default : (Qos)(held - 1);
        return held != 0;
    }

    /// <summary>Takes it in; one that was there gets this QoS.</summary>
    public void Add(SubscribeKind kind, Qos qos)
    {
        Remove(kind);
        _kinds |= (ulong)(qos + 1) << ((int)kind * Bits);
    }

    public void Remove(SubscribeKind kind) => _kinds &= ~(0xFUL << ((int)kind * Bits));
}
