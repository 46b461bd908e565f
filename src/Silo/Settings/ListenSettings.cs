using System.Globalization;
using System.Net;

namespace Bailiwick.Silo.Settings;

/// <summary>What is spoken on a listener.</summary>
internal enum ListenerKind { Http, Https, Mqtt, Mqtts, Health }

/// <summary>One open port: what is spoken on it, where, and the setting that asked for it.</summary>
internal sealed record Listener(ListenerKind Kind, Setting Setting, IPEndPoint EndPoint)
{
    public bool IsTls => Kind is ListenerKind.Https or ListenerKind.Mqtts;

    /// <summary>The word for it in the ready line and in reports.</summary>
    public string Name => Kind switch
    {
        ListenerKind.Http => "http",
        ListenerKind.Https => "https",
        ListenerKind.Mqtt => "mqtt",
        ListenerKind.Mqtts => "mqtts",
        _ => "health",
    };
}

/// <summary>The listeners that are on, at least one, in the order of the settings table.</summary>
/// <param name="TrustsForwardedHeaders">Whether every request comes by a proxy that says by what, where to and from where.</param>
internal sealed record ListenSettings(IReadOnlyList<Listener> Listeners, bool TrustsForwardedHeaders)
{
    private static readonly (ListenerKind Kind, Setting Setting)[] _table =
    [
        (ListenerKind.Http, SettingsTable.ListenHttp), (ListenerKind.Https, SettingsTable.ListenHttps),
        (ListenerKind.Mqtt, SettingsTable.ListenMqtt), (ListenerKind.Mqtts, SettingsTable.ListenMqtts),
        (ListenerKind.Health, SettingsTable.ListenHealth),
    ];

    public bool AnyTls => Listeners.Any(listener => listener.IsTls);

    /// <summary>Reads the section. Plaintext where other machines reach it must be asked for by name.</summary>
    public static ListenSettings Read(SettingReader reader)
    {
        var allowPlaintext = reader.Flag(SettingsTable.ListenAllowPlaintext);
        var listeners = new List<Listener>();
        foreach (var (kind, setting) in _table)
        {
            var text = reader.Text(setting)!;
            if (string.Equals(text, "off", StringComparison.OrdinalIgnoreCase)) continue;
            var listener = new Listener(kind, setting, ParseEndPoint(text) ?? throw BadSettingException.Of(setting, text, "is not an address with a port"));
            if (!listener.IsTls && !allowPlaintext && !IPAddress.IsLoopback(listener.EndPoint.Address))
                throw BadSettingException.Of(setting, text, "would carry plaintext where other machines reach it", "a loopback address, or Listen:AllowPlaintext=true");
            if (listener.EndPoint.Port != 0 && listeners.Find(other => other.EndPoint.Equals(listener.EndPoint)) is { } taken)
                throw BadSettingException.Of(setting, text, $"is also the address of {taken.Setting.Key}", "an address of its own");
            listeners.Add(listener);
        }

        // The web server would open a port of its own choice if it were given none.
        return listeners.Count > 0
            ? new(listeners, reader.Flag(SettingsTable.ListenTrustForwardedHeaders))
            : throw BadSettingException.Of(SettingsTable.ListenHealth, "off", "leaves no listener", "an address for at least one listener");
    }

    /// <summary>
    /// Reads <c>ADDRESS:PORT</c>; null when it is not that. An IPv4 address must be written in full: the system's
    /// parser also takes <c>127.1</c> and octal numbers, which readers of a settings file do not.
    /// </summary>
    private static IPEndPoint? ParseEndPoint(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 1) return null;
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return null;

        var host = text[..colon];
        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)) return new(IPAddress.Loopback, port);
        if (host is ['[', .. var inner, ']'])
            return inner.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(inner, out var v6) ? new(v6, port) : null;
        return IPAddress.TryParse(host, out var v4) && v4.ToString() == host && !host.Contains(':', StringComparison.Ordinal) ? new(v4, port) : null;
    }
}
