using System.Reflection;

namespace Bailiwick.Silo.Commands;

/// <summary>The version of this build, as <c>0.1.0</c>.</summary>
internal static class ProductVersion
{
    public static string Text { get; } = typeof(ProductVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion
        // What follows a plus sign names the build's source revision.
        .Split('+')[0];
}
