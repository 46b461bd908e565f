using System.Globalization;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Grains.Inventory;

/// <summary>
/// What a managed object says of its open alarms. The counts are written with the alarms, in one commit, and put into the document
/// whenever it is read: they are never behind, and an alarm costs its object no write.
/// </summary>
internal static class ActiveAlarmsFragment
{
    /// <summary>The document with these counts, or without any when no alarm was ever raised.</summary>
    public static ManagedObject With(this ManagedObject document, ActiveAlarms? active)
    {
        var others = document.Fragments.Without(ManagedObject.ActiveAlarmsFragment);
        if (active is { } counts) return document with { Fragments = new Fragments([.. others.Items, Of(counts)]) };
        return ReferenceEquals(others, document.Fragments) ? document : document with { Fragments = others };
    }

    private static Fragment Of(ActiveAlarms counts) => new(ManagedObject.ActiveAlarmsFragment, Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"critical\":{counts.Critical},\"major\":{counts.Major},\"minor\":{counts.Minor},\"warning\":{counts.Warning}}}")));
}
