using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Wire;

/// <summary>
/// Reads the body of a managed object: what is to be created, or changed. Properties that only the platform sets are passed over, as the
/// interface does with a document that a client read and sends back.
/// </summary>
internal static class FragmentsJson
{
    private const string What = "managed object";

    private static readonly HashSet<string> SetByPlatform = new(StringComparer.Ordinal)
    {
        "id", "self", "creationTime", "lastUpdated",
        "childDevices", "childAssets", "childAdditions", "deviceParents", "assetParents", "additionParents",
    };

    /// <summary>Reads the body of a create. A null fragment is no fragment. Answers why it is refused, or null.</summary>
    public static Refusal? ReadNew(ReadOnlySpan<byte> body, out NewManagedObject created)
    {
        var refusal = ReadChange(body, out var read);
        created = new NewManagedObject(read.Name, read.Type, read.Owner, new Fragments([.. read.Fragments.Items.Where(f => !f.IsNull)]));
        return refusal;
    }

    /// <summary>Reads the body of a change, where null takes away. Answers why it is refused, or null.</summary>
    public static Refusal? ReadChange(ReadOnlySpan<byte> body, out ManagedObjectChange change)
    {
        change = ManagedObjectChange.Of(Fragments.None);
        if (body.Length > Limits.DocumentBytesMax)
            return new Refusal(RefusalKind.TooLarge, "inventory", $"A {What} may have {Limits.DocumentBytesMax} bytes at most");
        if (JsonMembers.Read(body, What, out var members) is { } refusal) return refusal;
        using (members)
        {
            var read = change;
            var fragments = new List<Fragment>(members.Count);
            for (var i = 0; i < members.Count; i++)
            {
                var name = Encoding.UTF8.GetString(members.Name(i));
                if (SetByPlatform.Contains(name)) continue;
                if (name is not ("name" or "type" or "owner"))
                {
                    if (name.Length is 0 or > Limits.FragmentNameCharsMax || name.Any(char.IsControl))
                        return Invalid($"A fragment's name must have 1 to {Limits.FragmentNameCharsMax} characters and no control character");
                    fragments.Add(new Fragment(name, members.Value(i).ToArray()));
                    continue;
                }
                if (members.Kind(i) is not (JsonTokenType.String or JsonTokenType.Null)) return Invalid($"'{name}' must be a string");
                var text = members.Text(i);
                read = name switch
                {
                    "name" => read with { Name = text, ClearName = text is null },
                    "type" => read with { Type = text, ClearType = text is null },
                    _ => read with { Owner = text },
                };
            }
            change = read with { Fragments = new Fragments(fragments) };
            return null;
        }
    }

    private static Refusal Invalid(string text) => Refusal.Invalid("inventory", text);
}
